import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

const BEAT_MS = 2_000;
const GONE_AFTER_MS = 10_000;

/** Says that a worker is there, until the returned function is called. */
export function announce(redis: Redis, keys: Keys, worker: string): () => Promise<void> {
  const beat = () => {
    const now = Date.now();
    const gone = now - GONE_AFTER_MS;
    redis
      .multi()
      .zadd(keys.workers, now, worker)
      .zremrangebyscore(keys.workers, '-inf', gone)
      .exec()
      .catch(() => {});
  };
  beat();
  const timer = setInterval(beat, BEAT_MS).unref();
  return async () => {
    clearInterval(timer);
    await redis.zrem(keys.workers, worker);
  };
}

/** How many workers have been heard of lately. */
export const countWorkers = (redis: Redis, keys: Keys): Promise<number> =>
  redis.zcount(keys.workers, Date.now() - GONE_AFTER_MS, '+inf');
