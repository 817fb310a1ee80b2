import type { Role, Route } from '../stages/stage.ts';
import type { Graph } from '../stages/tree.ts';
import type { FailureCode } from './failure.ts';
import { hasEnded, type StageRecord } from './record.ts';
import type { RunStatus } from './run.ts';

/** An event of a run, as subscribers receive it. Times are milliseconds since 1970, costs US dollars. */
export type RunEvent =
  | {
      readonly type: 'stage.started';
      readonly stage: string;
      readonly role: Role;
      readonly model: string;
      readonly attempt: number;
    }
  /** A piece of the model's text. Another `stage.started` of the same stage discards the pieces before it. */
  | { readonly type: 'stage.delta'; readonly stage: string; readonly text: string }
  | {
      readonly type: 'stage.retrying';
      readonly stage: string;
      readonly code: FailureCode;
      readonly why: string;
      readonly retryAt: number;
    }
  | ({ readonly type: 'stage.completed' | 'stage.skipped' | 'stage.cancelled' } & StageEnd)
  /** The stage failed for good. The run continues without it. */
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

/** The event for a change of a stage's record. */
export function eventOf(graph: Graph, record: StageRecord): RunEvent {
  const { stage, status, calls, failure } = record;
  const definition = graph.find(stage)?.stage;
  const last = calls.at(-1);
  if (!hasEnded(record)) {
    if (status === 'running') {
      const role = definition?.role ?? 'generator';
      return { type: 'stage.started', stage, role, model: last?.model ?? '', attempt: calls.length };
    }
    const { code, message } = last?.failure ?? {
      code: 'rate-limited',
      message: 'all models of the stage are cooling down',
    };
    return { type: 'stage.retrying', stage, code, why: message, retryAt: record.retryAt ?? 0 };
  }
  const end: StageEnd = {
    stage,
    servedModel: last?.servedModel ?? null,
    attempts: calls.length,
    promptTokens: total(calls.map((call) => call.promptTokens)),
    completionTokens: total(calls.map((call) => call.completionTokens)),
    cost: costOf(record),
    // Start and end may come from different clocks.
    durationMs: Math.max(0, (record.endedAt ?? record.startedAt) - record.startedAt),
  };
  if (record.status !== 'failed') return { type: `stage.${record.status}`, ...end };
  const consequence = definition?.consequence ?? '';
  return {
    type: 'stage.degraded',
    code: failure?.code ?? 'internal',
    why: failure?.message ?? '',
    consequence,
    ...end,
  };
}

/** The cost of a stage's calls so far, in US dollars. Null if it is unknown, which is not zero. */
export const costOf = ({ calls }: Pick<StageRecord, 'calls'>): number | null =>
  total(calls.map((call) => call.cost));

function total(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : known.reduce((sum, figure) => sum + figure, 0);
}
