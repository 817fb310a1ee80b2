import type { Output } from '../stages/stage.ts';
import type { Failure, Usage } from './failure.ts';

/** One call of a model: what it was asked as, what it cost, how it ended. */
export interface Call extends Usage {
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null while the call is open, and for ever if its worker was lost. */
  readonly durationMs: number | null;
  readonly failure: Failure | null;
}

export type StageStatus = 'running' | 'retrying' | 'completed' | 'skipped' | 'failed' | 'cancelled';

/** What is known of a stage of a run; it is stored whole after every change. */
export interface StageRecord {
  readonly stage: string;
  readonly status: StageStatus;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When a stage that is `retrying` goes on, in milliseconds since 1970. */
  readonly retryAt: number | null;
  readonly calls: readonly Call[];
  /** A failed stage may have one too: what stands in for it. */
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

/** A call with what became known of it: all that makes up a `Usage`, whatever else `usage` carries. */
export const withUsage = (call: Call, usage: Usage): Call => ({
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
