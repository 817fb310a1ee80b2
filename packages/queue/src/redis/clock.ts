import type { Connection } from './connection.ts';

/** Interval at which the difference to the clock of Redis is measured, in ms. */
const INTERVAL_MS = 30_000;

/** Smaller differences, in ms, are not corrected: a measurement is no more precise on a busy machine. */
const TOLERANCE_MS = 1_000;

/** The time by the clock of Redis, ms since 1970. */
export async function redisTime(redis: Connection): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

export type RedisClock = ReturnType<typeof createRedisClock>;

/**
 * The time by the clock of Redis, which all processes share. The clocks of machines differ: a deadline of one would have
 * passed on another. Measured on each connection and periodically, not with each call.
 */
export function createRedisClock(redis: Connection) {
  let offset = 0;
  async function measure() {
    const sentAt = Date.now();
    const difference = (await redisTime(redis)) - (sentAt + Date.now()) / 2;
    offset = Math.abs(difference) < TOLERANCE_MS ? 0 : Math.round(difference);
  }
  let measured = Promise.resolve();
  const remeasure = () => {
    // Without an answer, the last difference stays.
    measured = measure().catch(() => {});
  };
  redis.on('ready', remeasure);
  if (redis.status === 'ready') remeasure();
  const timer = setInterval(remeasure, INTERVAL_MS).unref();

  return {
    /** Ms since 1970. */
    now: () => Date.now() + offset,
    /** Difference to the clock of this machine, in ms. */
    offset: () => offset,
    /** Resolves when the first measurement on the current connection is done. Never rejects. */
    whenMeasured: () => measured,
    close() {
      clearInterval(timer);
      redis.off('ready', remeasure);
    },
  };
}
