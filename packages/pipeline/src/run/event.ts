import type { Role } from '../stages/role.ts';
import type { Route } from '../stages/stage.ts';
import type { Graph } from '../stages/tree.ts';
import type { FailureCode } from './failure.ts';
import { hasEnded, type StageRecord } from './record.ts';
import type { RunStatus } from './run.ts';

/** What happens to a run, as it is told to who follows it. Times are milliseconds since 1970, costs US dollars. */
export type RunEvent =
  | {
      readonly type: 'stage.started';
      readonly stage: string;
      readonly role: Role;
      readonly model: string;
      readonly attempt: number;
    }
  /** A piece of what the model is saying, as it comes. A further `stage.started` of the stage begins anew. */
  | { readonly type: 'stage.delta'; readonly stage: string; readonly text: string }
  | {
      readonly type: 'stage.retrying';
      readonly stage: string;
      readonly code: FailureCode;
      readonly why: string;
      readonly retryAt: number;
    }
  | ({ readonly type: 'stage.completed' | 'stage.skipped' | 'stage.cancelled' } & StageEnd)
  /** The stage failed for good; the run goes on without it. */
  | ({
      readonly type: 'stage.degraded';
      readonly code: FailureCode;
      readonly why: string;
      readonly consequence: string;
    } & StageEnd)
  | { readonly type: 'job.routed'; readonly route: Route }
  | { readonly type: 'job.finished'; readonly status: RunStatus };

interface StageEnd {
  readonly stage: string;
  readonly servedModel: string | null;
  readonly attempts: number;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cost: number | null;
  readonly durationMs: number;
}

/** What a change of a stage's record means to who follows the run. */
export function eventOf(graph: Graph, record: StageRecord): RunEvent {
  const { stage, status, calls, failure } = record;
  const definition = graph.find(stage)?.stage;
  const last = calls.at(-1);
  if (!hasEnded(record)) {
    if (status === 'running') {
      const role = definition?.role ?? 'generator';
      return { type: 'stage.started', stage, role, model: last?.model ?? '', attempt: calls.length };
    }
    const { code, message } = last?.failure ?? { code: 'rate-limited', message: 'its models are held back' };
    return { type: 'stage.retrying', stage, code, why: message, retryAt: record.retryAt ?? 0 };
  }
  const end: StageEnd = {
    stage,
    servedModel: last?.servedModel ?? null,
    attempts: calls.length,
    promptTokens: total(calls.map((call) => call.promptTokens)),
    completionTokens: total(calls.map((call) => call.completionTokens)),
    cost: costOf(record),
    // It may have been ended by another clock than the one it began by.
    durationMs: Math.max(0, (record.endedAt ?? record.startedAt) - record.startedAt),
  };
  if (record.status !== 'failed') return { type: `stage.${record.status}`, ...end };
  const consequence = definition?.whenLost ?? '';
  return {
    type: 'stage.degraded',
    code: failure?.code ?? 'internal',
    why: failure?.message ?? '',
    consequence,
    ...end,
  };
}

/** What a stage's calls cost so far; null if nothing is known, which is not the same as nothing. */
export const costOf = ({ calls }: Pick<StageRecord, 'calls'>): number | null =>
  total(calls.map((call) => call.cost));

function total(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : known.reduce((sum, figure) => sum + figure, 0);
}
