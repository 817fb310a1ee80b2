import type { Failure, FailureCode } from '../run/failure.ts';
import type { Call } from '../run/record.ts';

/** When a failed call is repeated, and when a fallback model is called. Times in milliseconds. */
export interface RetryPolicy {
  /** Calls of one model before the next fallback model. */
  readonly tries: number;
  /** Delay before the second call of a model. It doubles with every further call. */
  readonly baseDelayMs: number;
  /** How long a stage waits for a model while a fallback model is available. */
  readonly fallbackAfterMs: number;
  /** How long a stage waits while no model is available. */
  readonly longestWaitMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  tries: 3,
  baseDelayMs: 1_000,
  fallbackAfterMs: 10_000,
  longestWaitMs: 120_000,
};

/** Until when a model is not called, and why. */
export interface Unavailability {
  /** Milliseconds since 1970. */
  readonly until: number;
  /** `<failure code>: <message>` of the last failure. */
  readonly cause: string;
}

export const causeOf = ({ code, message }: Pick<Failure, 'code' | 'message'>): string =>
  `${code}: ${message}`;

/** Unavailable models, as observed by all workers. */
export interface ModelHealth {
  /** Models that are cooling down. */
  readonly cooldowns: Unavailable;
  /** Models whose breaker is open. A stage waits for one only if no other model is available. */
  readonly failing: Unavailable;
}

/** Models and their unavailability. */
export type Unavailable = Pick<ReadonlyMap<string, Unavailability>, 'get'>;

/** Whether a call may begin. */
export type Acquisition =
  | { readonly kind: 'call' }
  /** Not before `until`. The caller selects again, with this model unavailable until then. */
  | ({ readonly kind: 'wait'; readonly failing: boolean } & Unavailability)
  /** Neither with this model nor with another. */
  | { readonly kind: 'fail'; readonly failure: Failure };

/** Asks for permission to call a model. Decides with data that all workers share, such as calls in this minute. */
export type Acquire = (model: string) => Promise<Acquisition>;

export type NextCall =
  | { readonly kind: 'call'; readonly model: string /** Not before, ms since 1970. */; readonly at: number }
  | { readonly kind: 'end'; readonly failure: Failure };

/** Selects a model that may be called now, or finds when one may be called. */
export async function selectModel(
  plan: (modelHealth: ModelHealth) => NextCall,
  modelHealth: ModelHealth,
  acquire: Acquire | undefined,
  now: () => number,
): Promise<NextCall> {
  let health = modelHealth;
  for (;;) {
    const next = plan(health);
    if (acquire === undefined || next.kind === 'end' || next.at > now()) return next;
    const acquisition = await acquire(next.model);
    if (acquisition.kind === 'call') return next;
    if (acquisition.kind === 'fail') return { kind: 'end', failure: acquisition.failure };
    const reason = acquisition.failing ? 'failing' : 'cooldowns';
    // Always in the future. Otherwise the loop would ask for the same model forever.
    const until = Math.max(acquisition.until, now() + 1);
    health = {
      ...health,
      [reason]: including(health[reason], next.model, { until, cause: acquisition.cause }),
    };
  }
}

const including = (all: Unavailable, model: string, unavailability: Unavailability): Unavailable => ({
  get: (name) => (name === model ? unavailability : all.get(name)),
});

/** The state of a stage between two calls. Times are milliseconds since 1970. */
export interface SelectionInput
  extends Pick<ModelHealth, 'cooldowns'>,
    Partial<Pick<ModelHealth, 'failing'>> {
  readonly calls: readonly Call[];
  /** The role's main model, then its fallback models. */
  readonly models: readonly string[];
  readonly policy: RetryPolicy;
  readonly now: number;
  /** 0 … 1. Spreads retries. */
  readonly jitter: number;
  /** No call may begin after this time. Infinity by default. */
  readonly until?: number;
  /** When the stage began. `now` by default. */
  readonly startedAt?: number;
}

/** Which model to call next and when, or the failure with which the stage ends. */
export function nextCall(input: SelectionInput): NextCall {
  const { calls, models, policy, now, startedAt = now, until = Number.POSITIVE_INFINITY } = input;
  const last = calls.findLast((call) => call.failure !== null)?.failure;
  if (last?.intent === 'failRun' || last?.intent === 'giveUp') return { kind: 'end', failure: last };

  const candidates = models
    .filter((model) => !hasNoTriesLeft(calls, model, policy))
    .map((model) => ({ model, at: readyAt(input, model), failing: isFailing(input, model) }));
  const waitsSince = Math.max(startedAt, ...calls.map(endOf));
  const withinMaxWait = candidates.filter(({ at, failing }) => {
    // A breaker may open again after its pause. The limit applies to the whole wait since the last call.
    return at <= Math.max(now, (failing ? waitsSince : now) + policy.longestWaitMs);
  });
  const inTime = withinMaxWait.filter(({ at }) => at <= until);
  const preferred = inTime.find(({ at, failing }) => !failing && at <= now + policy.fallbackAfterMs);
  const next = preferred ?? inTime.toSorted((a, b) => a.at - b.at)[0];
  if (next !== undefined) return { kind: 'call', model: next.model, at: next.at };

  const first = candidates.toSorted((a, b) => a.at - b.at)[0];
  if (first === undefined) return { kind: 'end', failure: last ?? NO_MODEL };
  const failure = last ?? allUnavailable(input, first, candidates);
  // The code stays the model's, not `deadline`: another route, with other models, may be in time.
  const late = '; the next try would have come too late for the deadline';
  const after = last && `; no model of this role can be called ${describeWait('before', input, first, last)}`;
  const note = withinMaxWait.length > 0 ? late : (after ?? '');
  return { kind: 'end', failure: { ...failure, message: failure.message + note } };
}

const NO_MODEL: Failure = { intent: 'giveUp', code: 'no-such-model', message: 'this role has no model' };

interface Candidate {
  readonly model: string;
  /** Earliest start of a call, ms since 1970. */
  readonly at: number;
  readonly failing: boolean;
}

/** The failure of a stage without calls. It names the cause of the model that is available first. */
function allUnavailable(
  situation: SelectionInput,
  first: Candidate,
  candidates: readonly Candidate[],
): Failure {
  const isAnyFailing = candidates.some(({ failing }) => failing);
  const state = isAnyFailing ? 'fails or is cooling down' : 'is cooling down';
  return {
    intent: 'giveUp',
    code: isAnyFailing ? 'overloaded' : 'rate-limited',
    message: `every model of this role ${state} ${describeWait('until', situation, first)}`,
  };
}

/** When the first model is available, and the cause of the wait unless it is the last failure. */
function describeWait(
  preposition: 'until' | 'before',
  { cooldowns, failing, now }: SelectionInput,
  first: Candidate,
  last?: Failure,
): string {
  const reasons = [cooldowns.get(first.model), failing?.get(first.model)];
  const cause = reasons.find((reason) => reason?.until === first.at)?.cause;
  const isKnown = cause === undefined || (last && cause === causeOf(last));
  return `${preposition} ${formatTime(first.at, now)}${isKnown ? '' : ` (${cause})`}`;
}

/** The last time that a Date can hold. */
const LAST_TIME = 8.64e15;

/** A time rounded up to the minute, such as `12:03 UTC`. Includes the date if it is on another day than `now`. */
function formatTime(at: number, now: number): string {
  const iso = (ms: number) => new Date(Math.min(ms, LAST_TIME)).toISOString();
  const [date = '', time = ''] = iso(Math.ceil(at / 60_000) * 60_000).split('T');
  const isToday = iso(now).startsWith(date);
  return `${isToday ? '' : `${date} `}${time.slice(0, 5)} UTC`;
}

/** Failures that do not count against the model. */
const UNRELATED_TO_MODEL: readonly FailureCode[] = ['aborted', 'worker-lost'];

const failuresOf = (calls: readonly Call[], model: string) =>
  calls.filter(
    (call) =>
      call.model === model && call.failure !== null && !UNRELATED_TO_MODEL.includes(call.failure.code),
  );

const hasNoTriesLeft = (calls: readonly Call[], model: string, { tries }: RetryPolicy) => {
  const failed = failuresOf(calls, model);
  return failed.length >= tries || failed.some((call) => call.failure?.intent === 'nextModel');
};

const isFailing = ({ failing, now }: SelectionInput, model: string) =>
  (failing?.get(model)?.until ?? 0) > now;

function readyAt({ calls, cooldowns, failing, policy, now, jitter }: SelectionInput, model: string): number {
  const available = Math.max(now, cooldowns.get(model)?.until ?? 0, failing?.get(model)?.until ?? 0);
  const failed = failuresOf(calls, model);
  const last = failed.at(-1);
  // A call in the future was timed by a wrong clock: its end cannot be used.
  if (last === undefined || last.startedAt > now) return available;
  const backoff = policy.baseDelayMs * 2 ** (failed.length - 1) * (0.5 + jitter / 2);
  const retryAfter = last.failure?.retryAfterMs ?? 0;
  return Math.max(available, Math.ceil(endOf(last) + Math.max(backoff, retryAfter)));
}

const endOf = ({ startedAt, durationMs }: Call) => startedAt + (durationMs ?? 0);
