/**
 * How to react to a failed model call.
 * - `retry`     call the same model again later
 * - `nextModel` call a fallback model; this model will not serve the stage
 * - `giveUp`    fail the stage; no model will serve it
 * - `failRun`   fail the run; no call can succeed until an operator acts (key, credit)
 */
export type Intent = 'retry' | 'nextModel' | 'giveUp' | 'failRun';

/** Why a call failed. The codes are stable and shown to callers and operators. */
export const FAILURE_CODES = [
  'rate-limited',
  'overloaded',
  'timeout',
  'connection',
  'upstream-error',
  'empty-answer',
  'truncated',
  'unreadable-answer',
  /** The code of the answer does not parse. */
  'unparsable',
  /** The code of the answer fails a test case that its input passed. */
  'regression',
  /** The sandbox could not run programs. */
  'sandbox',
  'refused',
  'too-long',
  'request-rejected',
  'no-such-model',
  'key-rejected',
  /** Nothing answers at the model server's address, or something else does. */
  'wrong-base-url',
  'no-credit',
  'worker-lost',
  /** Redis lost the record of a stage that had ended. */
  'record-lost',
  'aborted',
  /** The run's deadline had passed or was too near for a call. */
  'deadline',
  /** The run's budget was spent. */
  'budget',
  /** The caller accepted the provisional code. */
  'skipped-by-caller',
  'internal',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** A failure as data. It is stored with the run. */
export interface Failure {
  readonly intent: Intent;
  readonly code: FailureCode;
  readonly message: string;
  /** `Retry-After` of the model server, in milliseconds. */
  readonly retryAfterMs?: number;
  /** A limit per day caused the failure. */
  readonly isDailyLimit?: boolean;
  /** The model was writing until the call ended: it works, and this call was too long or ended without a reason. */
  readonly modelWorked?: boolean;
}

/** The failure of a call that this side aborted. */
export const ABORTED: Failure = {
  intent: 'retry',
  code: 'aborted',
  message: 'the call was aborted before it had an answer',
};

/** The failure of a call whose worker stopped. */
export const WORKER_LOST: Failure = {
  intent: 'retry',
  code: 'worker-lost',
  message: 'the worker of this stage stopped before it had an answer',
};

/** The failure of a stage whose workers stopped too often. */
export const WORKERS_LOST: Failure = {
  ...WORKER_LOST,
  message:
    'every worker that ran this stage stopped before it had an answer. Send the request again; if it fails again, find out in the logs of the workers why they stopped',
};

/** Model, tokens and cost of a call, whether its answer was usable or not. Null fields are unknown. */
export interface Usage {
  readonly servedModel: string | null;
  /** The provider that ran the model, if the server is a broker and reports it. */
  readonly provider: string | null;
  readonly generationId: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly cachedTokens: number | null;
  /** US dollars. */
  readonly cost: number | null;
  /** Whether the server reported tokens and cost, or they were estimated from the text. */
  readonly figures: 'reported' | 'estimated' | null;
  /** The server declared the answer as simulated. */
  readonly simulated: boolean;
}

/** The only error that a model call, or reading its answer, may throw. */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly failure: Failure;
  readonly usage: Usage | null;

  constructor(failure: Failure, options: { usage?: Usage | null; cause?: unknown } = {}) {
    super(failure.message, { cause: options.cause });
    this.failure = failure;
    this.usage = options.usage ?? null;
  }
}

/** Code that does not parse. The same model gets one call to mend it. */
export const unparsable = (fault: string, wasMended: boolean): Failure => ({
  intent: wasMended ? 'giveUp' : 'retry',
  code: 'unparsable',
  message: `the code does not parse: ${fault}`,
});

/** Code that fails what its input passed. The same model gets one call to mend it; then the input is used instead. */
export const regression = (what: string, isFinal: boolean): Failure => ({
  intent: isFinal ? 'giveUp' : 'retry',
  code: 'regression',
  message: `the code is worse than before: ${what}`,
});

/** The answer of a model that does not have the form its stage needs. Another model may do better. */
export const unreadable = (message: string) =>
  new StageError({ intent: 'nextModel', code: 'unreadable-answer', message });
