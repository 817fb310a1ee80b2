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

/** What a call shows about its model or account; `neutral` if it was aborted, or failed for an unrelated reason. */
export type Verdict = 'healthy' | 'failing' | 'neutral';

const MODEL_VERDICTS: Partial<Record<FailureCode, Verdict>> = {
  overloaded: 'failing',
  timeout: 'failing',
  connection: 'failing',
  'upstream-error': 'failing',
  'empty-answer': 'failing',
  'no-such-model': 'failing',
  // The model did respond.
  truncated: 'healthy',
  'unreadable-answer': 'healthy',
};

export const verdictOnModel = ({ failure }: Pick<Call, 'failure'>): Verdict =>
  failure === null ? 'healthy' : (MODEL_VERDICTS[failure.code] ?? 'neutral');

export function verdictOnAccount({ failure }: Pick<Call, 'failure'>): Verdict {
  if (failure?.intent === 'failRun') return 'failing';
  return verdictOnModel({ failure }) === 'healthy' ? 'healthy' : 'neutral';
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
