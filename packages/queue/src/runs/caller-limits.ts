import type { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';

/** Limits of a caller. A missing one is that of the service, or unlimited. */
export interface CallerLimits {
  /** Requests per minute that may start a run. */
  readonly requestsPerMinute?: number | undefined;
  /** Runs that have not finished. */
  readonly openJobs?: number | undefined;
  /** US dollars per day and per month, both UTC. */
  readonly usdPerDay?: number | undefined;
  readonly usdPerMonth?: number | undefined;
  /** Runs per turn, compared to one of other callers. */
  readonly priority?: number | undefined;
}

export type LimitsOf = (caller: string) => CallerLimits;

/** What a caller has used. */
export interface CallerUsage {
  /** Requests in the current minute, which begins with the first; null without a limit, because nothing counts them. */
  readonly requests: { readonly used: number; readonly resetsInSeconds: number } | null;
  readonly openJobs: number;
  /** US dollars since midnight and since the first of the month, UTC, as far as model servers reported them. */
  readonly usdToday: number;
  readonly usdThisMonth: number;
}

const DAY_MS = 86_400_000;

/** Days since 1970 of a time in ms since 1970, and of the first of its month, UTC. */
export function daysOf(now: number) {
  const date = new Date(now);
  const firstOfMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return { today: Math.floor(now / DAY_MS), firstOfMonth: Math.floor(firstOfMonth / DAY_MS) };
}

/** Reads what callers have used. */
export function createUsageReader(redis: Connection, keys: Keys, rate: RateLimit) {
  return async (caller: string, { requestsPerMinute }: CallerLimits): Promise<CallerUsage> => {
    const now = Date.now();
    const { today, firstOfMonth } = daysOf(now);
    const [openJobs, spent, requests] = await Promise.all([
      redis.zcount(keys.openOf(caller), Math.floor(now / 1_000), '+inf'),
      redis.hgetall(keys.spent(caller)),
      requestsPerMinute === undefined ? null : rate.read(caller),
    ]);
    const days = Object.entries(spent).map(([day, usd]) => [Number(day), Number(usd)] as const);
    const since = (first: number) => days.reduce((sum, [day, usd]) => (day >= first ? sum + usd : sum), 0);
    return { requests, openJobs, usdToday: since(today), usdThisMonth: since(firstOfMonth) };
  };
}

/** Refuses new runs of all callers, or accepts them again. */
export async function setIntake(redis: Connection, { intakePaused }: Keys, state: 'paused' | 'open') {
  if (state === 'open') await redis.del(intakePaused);
  else await redis.set(intakePaused, String(Date.now()), 'NX');
}

/** State of a caller's rate limit after a request. */
export interface Quota {
  /** False if the request exceeds the limit. */
  readonly allowed: boolean;
  /** Requests per window. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** Requests left in this window. */
  readonly remaining: number;
  /** Seconds until the next window starts; at least 1. */
  readonly resetSeconds: number;
}

const WINDOW_SECONDS = 60;

export type RateLimit = ReturnType<typeof createRateLimit>;

/** The limit is compared here, because it differs per caller and may change. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * Counts requests per caller in Redis, for all processes. A caller's window starts with its first request. Rejected
 * requests count too, but do not extend the window.
 */
export function createRateLimit(redis: Connection, { starts }: Keys) {
  const options = { storeClient: redis, keyPrefix: starts, points: UNLIMITED, duration: WINDOW_SECONDS };
  // Loaded on demand, because it takes 10 MB of memory with its adapters for all databases.
  let loading: Promise<RateLimiterRedis> | undefined;
  const limiter = () => {
    loading ??= import('rate-limiter-flexible').then((library) => new library.RateLimiterRedis(options));
    return loading;
  };
  return {
    /** Counts a request. */
    async count(caller: string, limit: number): Promise<Quota> {
      const { consumedPoints, msBeforeNext } = await (await limiter()).consume(caller);
      return {
        allowed: consumedPoints <= limit,
        limit,
        windowSeconds: WINDOW_SECONDS,
        remaining: Math.max(0, limit - consumedPoints),
        resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
      };
    },

    /** Counted requests of the current window, and seconds until the next. */
    async read(caller: string) {
      const state = await (await limiter()).get(caller);
      if (state === null) return { used: 0, resetsInSeconds: 0 };
      return { used: state.consumedPoints, resetsInSeconds: Math.ceil(state.msBeforeNext / 1_000) };
    },
  };
}
