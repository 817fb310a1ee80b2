import type { RateLimiterRedis } from 'rate-limiter-flexible';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';

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
