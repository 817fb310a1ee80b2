import type { Failure, FailureCode } from '../run/failure.ts';
import type { Call } from '../run/record.ts';
import type { ModelHealth } from './admission.ts';

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

/** The outlook is what other stages met. */
export interface Situation extends Pick<ModelHealth, 'cooldowns'>, Partial<Pick<ModelHealth, 'failing'>> {
  readonly calls: readonly Call[];
  /** The role's main model first, then its stand-ins. */
  readonly models: readonly string[];
  readonly policy: RetryPolicy;
  readonly now: number;
  /** 0 … 1, spreads retries. */
  readonly random: number;
  /** After this time no call may begin, ms since 1970; none by default. */
  readonly until?: number;
  /** When the stage began, ms since 1970; now by default. */
  readonly startedAt?: number;
}

/** What to do next, from nothing but the calls made so far. */
export function nextCall(situation: Situation): NextCall {
  const { calls, models, policy, now, startedAt = now, until = Number.POSITIVE_INFINITY } = situation;
  const last = calls.findLast((call) => call.failure !== null)?.failure;
  if (last?.intent === 'failRun' || last?.intent === 'giveUp') return { kind: 'end', failure: last };

  const open = models
    .filter((model) => !isSpent(calls, model, policy))
    .map((model) => ({ model, at: readyAt(situation, model), failing: isFailing(situation, model) }));
  const waitsSince = Math.max(startedAt, ...calls.map(endOf));
  const bearable = open.filter(({ at, failing }) => {
    // A pause of a failing model is followed by others: it is all of them that may not be too long.
    return at <= Math.max(now, (failing ? waitsSince : now) + policy.longestWaitMs);
  });
  const inTime = bearable.filter(({ at }) => at <= until);
  const soon = inTime.find(({ at, failing }) => !failing && at <= now + policy.patienceMs);
  const next = soon ?? inTime.toSorted((a, b) => a.at - b.at)[0];
  if (next !== undefined) return { kind: 'call', model: next.model, at: next.at };

  const failure = last ?? (open.some(({ failing }) => failing) ? FAILING : HELD_BACK);
  // Still the model's failure: another route, with other models, may be in time.
  const note = bearable.length > 0 ? '; the next try would have come too late for the deadline' : '';
  return { kind: 'end', failure: { ...failure, message: failure.message + note } };
}

const HELD_BACK: Failure = {
  intent: 'giveUp',
  code: 'rate-limited',
  message: 'every model of this role is held back for longer than a request can wait',
};
const FAILING: Failure = {
  intent: 'giveUp',
  code: 'overloaded',
  message: 'every model of this role keeps failing or is held back, for longer than a request can wait',
};

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

const isFailing = ({ failing, now }: Situation, model: string) => (failing?.get(model) ?? 0) > now;

function readyAt({ calls, cooldowns, failing, policy, now, random }: Situation, model: string): number {
  const held = Math.max(now, cooldowns.get(model) ?? 0, failing?.get(model) ?? 0);
  const failed = failuresOf(calls, model);
  const last = failed.at(-1);
  // One that began after now was timed by a clock that was wrong: nothing can be reckoned from it.
  if (last === undefined || last.startedAt > now) return held;
  const backoff = policy.baseDelayMs * 2 ** (failed.length - 1) * (0.5 + random / 2);
  const asked = last.failure?.retryAfterMs ?? 0;
  return Math.max(held, Math.ceil(endOf(last) + Math.max(backoff, asked)));
}

const endOf = ({ startedAt, durationMs }: Call) => startedAt + (durationMs ?? 0);
