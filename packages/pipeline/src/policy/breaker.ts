import type { Failure, FailureCode } from '../run/failure.ts';
import type { Call } from '../run/record.ts';

/** When something that keeps failing is left alone, and for how long. Times in milliseconds. */
export interface BreakerPolicy {
  /** Failures in a row that open a breaker. */
  readonly failures: number;
  /** How far apart the first and the last of them may be. */
  readonly windowMs: number;
  /** The first pause; doubles each time the call after it fails too. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** How long one call may take to find out before another one may try. */
  readonly probeMs: number;
}

/** For a model. No pause is as long as a stage waits, so that a role with one model waits for it. */
export const MODEL_BREAKER: BreakerPolicy = {
  failures: 5,
  windowMs: 300_000,
  pauseMs: 5_000,
  longestPauseMs: 60_000,
  probeMs: 30_000,
};

/** For the account that all models are asked with: its failures are certain. */
export const ACCOUNT_BREAKER: BreakerPolicy = {
  ...MODEL_BREAKER,
  failures: 1,
  pauseMs: 10_000,
  longestPauseMs: 30_000,
};

/** What is known of something that failed lately; null of what did not. Times are ms since 1970. */
export interface Breaker {
  /** In a row. */
  readonly failures: number;
  /** How often in a row it has opened; 0 while it is closed. */
  readonly opened: number;
  /** When it opened, or the first of the failures. */
  readonly since: number;
  /** Until when nobody calls. */
  readonly until: number;
  /** Until when one call is finding out; 0 if none is. */
  readonly probing: number;
  /** The last one. */
  readonly failure: Failure;
}

/**
 * - `closed`  whoever wants to may call
 * - `open`    nobody may
 * - `due`     one may, to find out
 * - `probing` one is finding out
 */
export function standingOf(breaker: Breaker | null, now: number): 'closed' | 'open' | 'due' | 'probing' {
  if (breaker === null || breaker.opened === 0) return 'closed';
  if (now < breaker.until) return 'open';
  return now < breaker.probing ? 'probing' : 'due';
}

/** A breaker that is due, with one call sent to find out. */
export const probe = (breaker: Breaker, now: number, { probeMs }: BreakerPolicy): Breaker => ({
  ...breaker,
  probing: now + probeMs,
});

/** The call that was to find out came to nothing: the next one may. */
export const unprobe = (breaker: Breaker | null): Breaker | null =>
  breaker === null || breaker.probing === 0 ? breaker : { ...breaker, probing: 0 };

/** What a call has shown; `nothing` if it was aborted, or failed for a reason that lies elsewhere. */
export type Verdict = 'sound' | 'failing' | 'nothing';

const OF_MODEL: Partial<Record<FailureCode, Verdict>> = {
  overloaded: 'failing',
  timeout: 'failing',
  connection: 'failing',
  'upstream-error': 'failing',
  'empty-answer': 'failing',
  'no-such-model': 'failing',
  // It did answer.
  truncated: 'sound',
  'unreadable-answer': 'sound',
};

export const verdictOnModel = ({ failure }: Pick<Call, 'failure'>): Verdict =>
  failure === null ? 'sound' : (OF_MODEL[failure.code] ?? 'nothing');

export function verdictOnAccount({ failure }: Pick<Call, 'failure'>): Verdict {
  if (failure?.intent === 'failRun') return 'failing';
  return verdictOnModel({ failure }) === 'sound' ? 'sound' : 'nothing';
}

/**
 * A breaker after a call has ended. A call says nothing about what became known after it had begun: one that was begun
 * before the first failure closes nothing, and one that was begun before the pause was over does not prolong it.
 * @returns the very same one if nothing changes
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
  if (verdict === 'sound') return null;
  return startedAt < breaker.until ? breaker : unprobe(breaker);
}

function afterFailure(
  breaker: Breaker | null,
  failure: Failure,
  startedAt: number,
  now: number,
  policy: BreakerPolicy,
): Breaker {
  const row = breaker?.opened || now - (breaker?.since ?? now) <= policy.windowMs ? breaker : null;
  const { failures, opened, since, until } = row ?? { failures: 0, opened: 0, since: now, until: 0 };
  if (row !== null && startedAt < until) return row;
  const next = { failures: failures + 1, opened, since, until, probing: 0, failure };
  if (opened === 0 && next.failures < policy.failures) return next;
  const pause = Math.min(policy.pauseMs * 2 ** opened, policy.longestPauseMs);
  return { ...next, opened: opened + 1, since: now, until: now + pause };
}
