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

/** For a model. Every pause is shorter than the longest wait of a stage, so that a role with one model waits for it. */
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

/** State of a model or an account that failed lately; null stands for one that did not. Times in ms since 1970. */
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

/** What a call shows about its model or account; `neutral` if it shows nothing. */
export type Verdict = 'healthy' | 'failing' | 'neutral';

/** The call shows nothing about the model or the account: this side, the request or a limit caused the failure. */
const UNRELATED = { model: 'neutral', account: 'neutral' } as const;
/** The model fails. Whether the server checked the account before is unknown. */
const MODEL_FAILS = { model: 'failing', account: 'neutral' } as const;
const ACCOUNT_FAILS = { model: 'neutral', account: 'failing' } as const;
/** The model answered. A prompt can cause a bad answer, so bad answers must not open breakers that all callers share. */
const ANSWERED = { model: 'healthy', account: 'healthy' } as const;

/** The verdicts of a call that failed. */
const VERDICTS: Readonly<Record<FailureCode, Readonly<Record<'model' | 'account', Verdict>>>> = {
  overloaded: MODEL_FAILS,
  timeout: MODEL_FAILS,
  connection: MODEL_FAILS,
  'upstream-error': MODEL_FAILS,
  'no-such-model': MODEL_FAILS,
  'key-rejected': ACCOUNT_FAILS,
  'no-credit': ACCOUNT_FAILS,
  truncated: ANSWERED,
  'unreadable-answer': ANSWERED,
  // Not healthy for the model: overloaded servers send empty answers too, and those must not hide the failures between them.
  'empty-answer': { model: 'neutral', account: 'healthy' },
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

export const verdictOnModel = ({ failure }: Pick<Call, 'failure'>): Verdict =>
  failure === null ? 'healthy' : VERDICTS[failure.code].model;

export const verdictOnAccount = ({ failure }: Pick<Call, 'failure'>): Verdict =>
  failure === null ? 'healthy' : VERDICTS[failure.code].account;

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
  if (verdict === 'failing' && failure !== null)
    return afterFailure(breaker, failure, startedAt, now, policy);
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
