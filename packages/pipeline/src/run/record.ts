import type { Output } from '../stages/stage.ts';
import { ABORTED, type Failure, type Usage } from './failure.ts';

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
