/**
 * What is to be done about a failed model call.
 * - `retry`     the same model may serve later
 * - `nextModel` this model will not serve; a stand-in may
 * - `giveUp`    no model will serve this stage
 * - `failRun`   nothing will serve anything until a person acts (key, credit)
 */
export type Intent = 'retry' | 'nextModel' | 'giveUp' | 'failRun';

/** Why a call failed: stable words, shown to callers and operators. */
export const FAILURE_CODES = [
  'rate-limited',
  'overloaded',
  'timeout',
  'connection',
  'upstream-error',
  'empty-answer',
  'truncated',
  'unreadable-answer',
  'refused',
  'too-long',
  'request-rejected',
  'no-such-model',
  'key-rejected',
  'no-credit',
  'worker-lost',
  /** Redis lost what it held of a stage that had ended. */
  'record-lost',
  'aborted',
  /** The time the caller gave the run was up, or too little of it was left. */
  'deadline',
  /** The money the caller gave the run was spent, or too little of it was left. */
  'budget',
  /** The caller settled for what there was by then. */
  'skipped-by-caller',
  'internal',
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** A failure as data: it is stored with the run and compared in tests. */
export interface Failure {
  readonly intent: Intent;
  readonly code: FailureCode;
  readonly message: string;
  /** Milliseconds the other side asked us to wait. */
  readonly retryAfterMs?: number;
}

/** What is known of an answer that was paid for, even if it could not be used. */
export interface Usage {
  readonly servedModel: string | null;
  /** Who ran the model, where the server is a broker and says so. */
  readonly provider: string | null;
  readonly generationId: string | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly cachedTokens: number | null;
  /** US dollars; null where the server reports none. */
  readonly cost: number | null;
  /** Whether tokens and cost are the server's own or were reckoned here from the text; null if nothing is known. */
  readonly figures: 'reported' | 'estimated' | null;
  /** The server said that its answers are canned. */
  readonly simulated: boolean;
}

/** The one error a model call or the reading of its answer may throw. */
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

/** The answer arrived but is not what the stage asked for: another model may do better. */
export const unreadable = (message: string) =>
  new StageError({ intent: 'nextModel', code: 'unreadable-answer', message });
