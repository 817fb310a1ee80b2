import type { Range, RouteEstimate } from '@codegen/contract';
import type { JobView } from './job-view.ts';
import { isLive, STAGES } from './stages.ts';

/** What recent calls took and cost, by stage. */
export type StageEstimates = RouteEstimate['stages'];

export interface Remaining {
  readonly seconds: Range;
  /** US dollars; null without prices. */
  readonly cost: Range | null;
}

/**
 * What is left of a running job: the longest path through the stages that have not ended, each as long as it was lately.
 * Null if that is not known, or a stage waits to be called again.
 */
export function remainingOf(
  { stages, isFinished }: Pick<JobView, 'stages' | 'isFinished'>,
  known: StageEstimates | null,
  now: number,
): Remaining | null {
  const open = [...stages.values()].filter(({ state }) => state === 'waiting' || isLive(state));
  // `verify` calls no model, so that nothing is known of its time.
  const called = open.filter(({ name }) => name !== 'verify');
  if (isFinished || known === null || called.length === 0) return null;
  if (open.some(({ state, name }) => state === 'retrying' || (name !== 'verify' && !known[name])))
    return null;
  const left = (end: 'low' | 'high') => {
    const of = (name: string): number => {
      const stage = open.find((one) => one.name === name);
      if (stage === undefined) return 0;
      const { startedAt } = stage.stage;
      const elapsed = startedAt === null ? 0 : Math.max(0, now - Date.parse(startedAt));
      const own = Math.max(0, (known[name]?.durationMs[end] ?? 0) - elapsed);
      return own + Math.max(0, ...(STAGES[name]?.after ?? []).map(of));
    };
    return Math.max(...open.map(({ name }) => of(name))) / 1_000;
  };
  const costs = called.map(({ name }) => known[name]?.cost ?? null);
  const sum = (end: 'low' | 'high') => costs.reduce((total, cost) => total + (cost?.[end] ?? 0), 0);
  // A stage that takes longer than it did lately says nothing about its end.
  if (left('high') < 1) return null;
  return {
    seconds: { low: left('low'), high: left('high') },
    cost: costs.includes(null) ? null : { low: sum('low'), high: sum('high') },
  };
}
