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

/**
 * Counts requests per caller in Redis, for all processes. A caller's window starts with its first request. Rejected
 * requests count too, but do not extend the window.
 */
export function createRateLimit(redis: Connection, { starts }: Keys, limit: number) {
  const options = { storeClient: redis, keyPrefix: starts, points: limit, duration: WINDOW_SECONDS };
  // Loaded on demand, because it takes 10 MB of memory with its adapters for all databases.
  const loading = import('rate-limiter-flexible').then(({ RateLimiterRedis, RateLimiterRes }) => ({
    limiter: new RateLimiterRedis(options),
    RateLimiterRes,
  }));
  return async (caller: string): Promise<Quota> => {
    const { limiter, RateLimiterRes } = await loading;
    // `consume` rejects with a result if the limit is exceeded, and with an error if Redis fails.
    const result = await limiter.consume(caller).catch((reason: unknown) => {
      if (reason instanceof RateLimiterRes) return reason;
      throw reason;
    });
    return {
      allowed: result.consumedPoints <= limit,
      limit,
      windowSeconds: WINDOW_SECONDS,
      remaining: result.remainingPoints,
      resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1_000)),
    };
  };
}
