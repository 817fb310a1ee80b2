import type { Failure, FailureCode } from './failure.ts';
import type { Call } from './record.ts';

export interface RetryPolicy {
  /** Calls of one model before its stand-in is taken. */
  readonly tries: number;
  /** Milliseconds before the second call of a model; doubles with every further one. */
  readonly baseDelayMs: number;
  /** Milliseconds a stage waits for a model while a stand-in could serve at once. */
  readonly patienceMs: number;
  /** Milliseconds a stage waits when nobody else can serve. */
  readonly longestWaitMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  tries: 3,
  baseDelayMs: 1_000,
  patienceMs: 10_000,
  longestWaitMs: 120_000,
};

export type NextCall =
  | { readonly kind: 'call'; readonly model: string /** Not before, ms since 1970. */; readonly at: number }
  | { readonly kind: 'end'; readonly failure: Failure };

export interface Situation {
  readonly calls: readonly Call[];
  /** The role's main model first, then its stand-ins. */
  readonly models: readonly string[];
  /** Models that must be left alone until a time, by what other stages met. */
  readonly holds: ReadonlyMap<string, number>;
  readonly policy: RetryPolicy;
  readonly now: number;
  /** 0 … 1, spreads retries. */
  readonly random: number;
  /** After this time no call may begin, ms since 1970; none by default. */
  readonly until?: number;
}

/** What to do next, from nothing but the calls made so far. */
export function nextCall(situation: Situation): NextCall {
  const { calls, models, policy, now, until = Number.POSITIVE_INFINITY } = situation;
  const last = calls.findLast((call) => call.failure !== null)?.failure;
  if (last?.intent === 'failRun' || last?.intent === 'giveUp') return { kind: 'end', failure: last };

  const open = models
    .filter((model) => !isSpent(calls, model, policy))
    .map((model) => ({ model, at: readyAt(situation, model) }));
  const bearable = open.filter(({ at }) => at <= now + policy.longestWaitMs);
  const inTime = bearable.filter(({ at }) => at <= until);
  const soon = inTime.find(({ at }) => at <= now + policy.patienceMs);
  const next = soon ?? inTime.toSorted((a, b) => a.at - b.at)[0];
  if (next !== undefined) return { kind: 'call', ...next };

  const failure = last ?? {
    intent: 'giveUp',
    code: 'rate-limited',
    message: 'every model of this role is held back for longer than a request can wait',
  };
  // Still the model's failure: another route, with other models, may be in time.
  const note = bearable.length > 0 ? '; the next try would have come too late for the deadline' : '';
  return { kind: 'end', failure: { ...failure, message: failure.message + note } };
}

/** A call that was aborted or whose worker was lost says nothing about the model. */
const SILENT: readonly FailureCode[] = ['aborted', 'worker-lost'];

const failuresOf = (calls: readonly Call[], model: string) =>
  calls.filter(
    (call) => call.model === model && call.failure !== null && !SILENT.includes(call.failure.code),
  );

const isSpent = (calls: readonly Call[], model: string, { tries }: RetryPolicy) => {
  const failed = failuresOf(calls, model);
  return failed.length >= tries || failed.some((call) => call.failure?.intent === 'nextModel');
};

function readyAt({ calls, holds, policy, now, random }: Situation, model: string): number {
  const held = Math.max(now, holds.get(model) ?? 0);
  const failed = failuresOf(calls, model);
  const last = failed.at(-1);
  // One that began after now was timed by a clock that was wrong: nothing can be reckoned from it.
  if (last === undefined || last.startedAt > now) return held;
  const backoff = policy.baseDelayMs * 2 ** (failed.length - 1) * (0.5 + random / 2);
  const asked = last.failure?.retryAfterMs ?? 0;
  return Math.max(held, Math.ceil(last.startedAt + (last.durationMs ?? 0) + Math.max(backoff, asked)));
}
