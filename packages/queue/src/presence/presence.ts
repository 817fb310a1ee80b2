import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';

const BEAT_MS = 2_000;

/** Says that a worker is there that takes a queue, until the returned function is called. */
export function announce(redis: Connection, keys: Keys, queue: string, worker: string): () => Promise<void> {
  const { recordHeartbeat } = loadScripts(redis, ['recordHeartbeat']);
  const beat = () => {
    recordHeartbeat([keys.workers(queue)], [worker]).catch(() => {});
  };
  beat();
  const timer = setInterval(beat, BEAT_MS).unref();
  return async () => {
    clearInterval(timer);
    await redis.zrem(keys.workers(queue), worker);
  };
}

/** How many workers of a queue have been heard of lately. */
export async function countWorkers(redis: Connection, keys: Keys, queue: string): Promise<number> {
  const scripts = loadScripts(redis, ['countWorkers']);
  return Number(await scripts.countWorkers([keys.workers(queue)], []));
}
