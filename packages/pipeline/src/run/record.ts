import type { Graph } from '../graph/define-graph.ts';
import type { FaultyCode, Output, Role, Route } from '../stages/stage.ts';
import { ABORTED, type Failure, type FailureCode, type Usage, WORKER_LOST } from './failure.ts';
import type { RunStatus } from './run.ts';

/** One model call with its usage and its end. */
export interface Call extends Usage {
  /** The requested model. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null while the call is open. Stays null if its worker was lost. */
  readonly durationMs: number | null;
  readonly failure: Failure | null;
}

export type StageStatus = 'running' | 'retrying' | 'completed' | 'skipped' | 'failed' | 'cancelled';

/** The state of a stage of a run. It is stored whole after every change. Times are milliseconds since 1970. */
export interface StageRecord {
  readonly stage: string;
  readonly status: StageStatus;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When the next attempt of a `retrying` stage is due. */
  readonly retryAt: number | null;
  readonly calls: readonly Call[];
  /** A failed stage may have a fallback output. */
  readonly output: Output | null;
  readonly failure: Failure | null;
  /** The last answer that does not parse, or fails a test case that its input passes. The stage mends it with one more call, or returns it if that fails. */
  readonly faulty?: FaultyCode;
  /** The record is that of an earlier run. It has no calls, because that run paid for them. */
  readonly reused?: true;
}

type OpenStatus = 'running' | 'retrying';

export type EndedRecord = StageRecord & { readonly status: Exclude<StageStatus, OpenStatus> };

export const hasEnded = (record: StageRecord | undefined): record is EndedRecord =>
  record !== undefined && !OPEN.includes(record.status);

const OPEN: readonly StageStatus[] = ['running', 'retrying'] satisfies OpenStatus[];

export const NO_USAGE: Usage = {
  servedModel: null,
  provider: null,
  generationId: null,
  promptTokens: null,
  completionTokens: null,
  reasoningTokens: null,
  cachedTokens: null,
  cost: null,
  figures: null,
  simulated: false,
};

/** A call with the usage fields of `usage`, and none of its other fields. */
const withUsage = (call: Call, usage: Usage): Call => ({
  ...call,
  servedModel: usage.servedModel,
  provider: usage.provider,
  generationId: usage.generationId,
  promptTokens: usage.promptTokens,
  completionTokens: usage.completionTokens,
  reasoningTokens: usage.reasoningTokens,
  cachedTokens: usage.cachedTokens,
  cost: usage.cost,
  figures: usage.figures,
  simulated: usage.simulated,
});

/** A call that has ended. The clock of its worker may be ahead of `now`. */
export const closeCall = (call: Call, usage: Usage, failure: Failure | null, now: number): Call =>
  withUsage({ ...call, durationMs: Math.max(0, now - call.startedAt), failure }, usage);

const isOpen = ({ durationMs, failure }: Call) => durationMs === null && failure === null;

/** The calls of a record. An open call ends as aborted. */
const abortOpenCalls = (calls: readonly Call[], now: number) =>
  calls.map((call) => (isOpen(call) ? closeCall(call, call, ABORTED, now) : call));

/** The calls of a record. An open call gets the failure, and no duration. */
export const failOpenCalls = (calls: readonly Call[], failure: Failure): readonly Call[] =>
  calls.map((call) => (isOpen(call) ? { ...call, failure } : call));

/** Number of workers that a stage lost during its calls. When an attempt begins, an open call is that of a lost worker. */
export const lossesOf = (record: StageRecord | undefined): number =>
  (record?.calls ?? []).filter((call) => isOpen(call) || call.failure?.code === WORKER_LOST.code).length;

/** The record of a stage that is stopped because its run has finished. */
export const cancelStage = (record: StageRecord, now: number): StageRecord => ({
  ...record,
  status: 'cancelled',
  endedAt: now,
  retryAt: null,
  calls: abortOpenCalls(record.calls, now),
});

/** The record of a stage that is stopped and is due again at once, for another worker. */
export const requeueStage = (record: StageRecord, now: number): StageRecord => ({
  ...record,
  status: 'retrying',
  endedAt: null,
  retryAt: now,
  calls: abortOpenCalls(record.calls, now),
});

/**
 * How a call went.
 * - `aborted`        this side closed the connection, which ends the charges as far as is known
 * - `not-abortable`  this side closed the connection, but the provider continues and charges for the whole answer
 */
export type CallOutcome = 'running' | 'finished' | 'failed' | 'aborted' | 'not-abortable';

/** Providers of OpenRouter that generate, and charge for, the rest of an answer after its stream was closed. */
const BILLS_ON = /^(google|amazon bedrock|bedrock|groq|mistral|alibaba)\b/i;

export function outcomeOf({ failure, provider, durationMs }: Call): CallOutcome {
  if (failure === null) return durationMs === null ? 'running' : 'finished';
  if (failure.code !== 'aborted') return 'failed';
  return BILLS_ON.test(provider ?? '') ? 'not-abortable' : 'aborted';
}

/** An event of a run, as subscribers receive it. Times are milliseconds since 1970, costs US dollars. */
export type RunEvent =
  | {
      readonly type: 'stage.started';
      readonly stage: string;
      readonly role: Role;
      readonly model: string;
      readonly attempt: number;
    }
  /** A delta of the model's text. Another `stage.started` of the same stage discards the deltas before it. */
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
