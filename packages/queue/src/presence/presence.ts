import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';

const BEAT_MS = 2_000;

/** By the clock of Redis, so that the clocks of the machines need not agree. A worker is gone after 10 s of silence. */
const BEAT = `
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 10)
  return 1`;
const COUNT = `return redis.call('ZCOUNT', KEYS[1], tonumber(redis.call('TIME')[1]) - 10, '+inf')`;

/** Says that a worker is there that takes a queue, until the returned function is called. */
export function announce(redis: Connection, keys: Keys, queue: string, worker: string): () => Promise<void> {
  const beat = () => {
    redis.eval(BEAT, 1, keys.workers(queue), worker).catch(() => {});
  };
  beat();
  const timer = setInterval(beat, BEAT_MS).unref();
  return async () => {
    clearInterval(timer);
    await redis.zrem(keys.workers(queue), worker);
  };
}

/** How many workers of a queue have been heard of lately. */
export const countWorkers = async (redis: Connection, keys: Keys, queue: string): Promise<number> =>
  Number(await redis.eval(COUNT, 1, keys.workers(queue)));
