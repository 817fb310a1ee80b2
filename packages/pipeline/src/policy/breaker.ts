import type { Failure, FailureCode } from '../run/failure.ts';
import type { Call } from '../run/record.ts';

/** When a circuit breaker opens, and for how long. Times in milliseconds. */
export interface BreakerPolicy {
  /** Consecutive failures that open the breaker. */
  readonly failures: number;
  /** Maximum time between the first and the last of these failures. */
  readonly windowMs: number;
  /** First pause; doubles each time the trial call after it fails. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** Time after which a trial call without a result is taken for lost, and another one may start. */
  readonly trialMs: number;
}

/** For a model, and for a caller's calls of a model. Every pause is shorter than the longest wait of a stage, so that a role with one model waits for it. */
export const MODEL_BREAKER: BreakerPolicy = {
  failures: 5,
  windowMs: 300_000,
  pauseMs: 5_000,
  longestPauseMs: 60_000,
  trialMs: 30_000,
};

/** For the account at the model server. Failures of an account are certain, so the first one opens the breaker. */
export const ACCOUNT_BREAKER: BreakerPolicy = {
  ...MODEL_BREAKER,
  failures: 1,
  pauseMs: 10_000,
  longestPauseMs: 30_000,
};

/** State of something that failed lately; null stands for something that did not. Times in ms since 1970. */
export interface Breaker {
  /** Consecutive failures. */
  readonly failures: number;
  /** How often in a row the breaker has opened; 0 while it is closed. */
  readonly opened: number;
  /** Time at which it opened or, while it is closed, of the first failure. */
  readonly since: number;
  /** End of the pause. */
  readonly until: number;
  /** Time until which a trial call is in progress; 0 if there is none. */
  readonly trialUntil: number;
  readonly lastFailure: Failure;
}

/**
 * - `closed`: all calls may start
 * - `open`: no call may start
 * - `half-open`: one trial call may start, unless `isOnTrial`
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

export function breakerState(breaker: Breaker | null, now: number): BreakerState {
  if (breaker === null || breaker.opened === 0) return 'closed';
  return now < breaker.until ? 'open' : 'half-open';
}

/** Whether a trial call is in progress. */
export const isOnTrial = (breaker: Breaker, now: number): boolean => now < breaker.trialUntil;

/** Marks a half-open breaker as on trial. */
export const startTrial = (breaker: Breaker, now: number, { trialMs }: BreakerPolicy): Breaker => ({
  ...breaker,
  trialUntil: now + trialMs,
});

/** Lets another trial call start, after one without a result. */
export const cancelTrial = (breaker: Breaker | null): Breaker | null =>
  breaker === null || breaker.trialUntil === 0 ? breaker : { ...breaker, trialUntil: 0 };

/**
 * What a call shows about something that has a breaker:
 * - `doubtful`  it may fail: the failure counts only while the breaker is open
 * - `neutral`   nothing
 */
export type Verdict = 'healthy' | 'failing' | 'doubtful' | 'neutral';

/** The verdicts of a call on what has a breaker. */
export interface Verdicts {
  /** The key at the server. */
  readonly account: Verdict;
  /** The model, for all callers. */
  readonly model: Verdict;
  /** The model, for the caller of this call. */
  readonly callerModel: Verdict;
}

/** The call shows nothing: this side, the request or a limit caused the failure. */
const UNRELATED: Verdicts = { account: 'neutral', model: 'neutral', callerModel: 'neutral' };
/** No request can cause the failure. Whether the server checked the account before is unknown. */
const MODEL_FAILS: Verdicts = { account: 'neutral', model: 'failing', callerModel: 'neutral' };
/** The request may cause the failure, so it opens no breaker that other callers share. */
const MODEL_OR_REQUEST_FAILS: Verdicts = { account: 'neutral', model: 'doubtful', callerModel: 'failing' };
const ACCOUNT_FAILS: Verdicts = { account: 'failing', model: 'neutral', callerModel: 'neutral' };
/** The model answered. A prompt can cause a bad answer. */
const ANSWERED: Verdicts = { account: 'healthy', model: 'healthy', callerModel: 'healthy' };
/** The model wrote text, and the call failed nevertheless. */
const WROTE: Verdicts = { ...UNRELATED, account: 'healthy' };

/** The verdicts of a call that failed. */
const VERDICTS: Readonly<Record<FailureCode, Verdicts>> = {
  overloaded: MODEL_FAILS,
  connection: MODEL_FAILS,
  'no-such-model': MODEL_FAILS,
  // A long prompt delays the first token, and some servers answer 500 to an odd one.
  timeout: MODEL_OR_REQUEST_FAILS,
  'upstream-error': MODEL_OR_REQUEST_FAILS,
  'key-rejected': ACCOUNT_FAILS,
  'no-credit': ACCOUNT_FAILS,
  truncated: ANSWERED,
  'unreadable-answer': ANSWERED,
  unparsable: ANSWERED,
  regression: ANSWERED,
  sandbox: UNRELATED,
  // Not healthy for the model: overloaded servers send empty answers too, and those must not hide the failures between them.
  'empty-answer': WROTE,
  // Only this worker may have the wrong address or a broken network.
  'wrong-base-url': UNRELATED,
  // The model has a cooldown instead.
  'rate-limited': UNRELATED,
  // The request caused it. Filters and proxies that refuse requests may work without the model.
  refused: UNRELATED,
  'too-long': UNRELATED,
  'request-rejected': UNRELATED,
  // This side ended the call or made none.
  'worker-lost': UNRELATED,
  'record-lost': UNRELATED,
  aborted: UNRELATED,
  deadline: UNRELATED,
  budget: UNRELATED,
  'skipped-by-caller': UNRELATED,
  internal: UNRELATED,
};

export function verdictsOf({ failure }: Pick<Call, 'failure'>): Verdicts {
  if (failure === null) return ANSWERED;
  return failure.modelWorked ? WROTE : VERDICTS[failure.code];
}

/**
 * The breaker after a call has ended. A call that started before the first failure does not close the breaker, and one
 * that started before the end of the pause does not extend it.
 * @returns the same object if nothing changes
 */
export function afterCall(
  breaker: Breaker | null,
  verdict: Verdict,
  { startedAt, failure }: Pick<Call, 'startedAt' | 'failure'>,
  now: number,
  policy: BreakerPolicy,
): Breaker | null {
  const counts = verdict === 'failing' || (verdict === 'doubtful' && breaker !== null && breaker.opened > 0);
  if (counts && failure !== null) return afterFailure(breaker, failure, startedAt, now, policy);
  if (breaker === null || startedAt < breaker.since) return breaker;
  if (verdict === 'healthy') return null;
  return startedAt < breaker.until ? breaker : cancelTrial(breaker);
}

function afterFailure(
  breaker: Breaker | null,
  lastFailure: Failure,
  startedAt: number,
  now: number,
  policy: BreakerPolicy,
): Breaker {
  const recent = breaker?.opened || now - (breaker?.since ?? now) <= policy.windowMs ? breaker : null;
  const { failures, opened, since, until } = recent ?? { failures: 0, opened: 0, since: now, until: 0 };
  if (recent !== null && startedAt < until) return recent;
  const next = { failures: failures + 1, opened, since, until, trialUntil: 0, lastFailure };
  if (opened === 0 && next.failures < policy.failures) return next;
  const pause = Math.min(policy.pauseMs * 2 ** opened, policy.longestPauseMs);
  return { ...next, opened: opened + 1, since: now, until: now + pause };
}
