import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';

/** Where a caller stands with what it may do in a window of time. */
export interface Quota {
  /** False: this one was too many. */
  readonly allowed: boolean;
  /** How many each window allows. */
  readonly limit: number;
  readonly windowSeconds: number;
  /** How many are left in this window. */
  readonly remaining: number;
  /** Seconds until the next window begins, at least 1. */
  readonly resetSeconds: number;
}

const WINDOW_SECONDS = 60;

/**
 * Counts per caller, in Redis and so for all processes together. A caller's window begins with its first request, and
 * what is refused counts too: who goes on asking does not get in any sooner.
 */
export function openRateLimit(redis: Connection, { starts }: Keys, limit: number) {
  const options = { storeClient: redis, keyPrefix: starts, points: limit, duration: WINDOW_SECONDS };
  // Loaded only where there is a limit: with its adapters for all databases it takes 10 MB.
  const loading = import('rate-limiter-flexible').then(({ RateLimiterRedis, RateLimiterRes }) => ({
    limiter: new RateLimiterRedis(options),
    RateLimiterRes,
  }));
  return async (caller: string): Promise<Quota> => {
    const { limiter, RateLimiterRes } = await loading;
    // It throws what it finds as well as what goes wrong.
    const found = await limiter.consume(caller).catch((thrown: unknown) => {
      if (thrown instanceof RateLimiterRes) return thrown;
      throw thrown;
    });
    return {
      allowed: found.consumedPoints <= limit,
      limit,
      windowSeconds: WINDOW_SECONDS,
      remaining: found.remainingPoints,
      resetSeconds: Math.max(1, Math.ceil(found.msBeforeNext / 1_000)),
    };
  };
}
