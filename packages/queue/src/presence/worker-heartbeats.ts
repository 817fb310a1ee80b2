import { redisTime } from '../redis/clock.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';

type WorkerKeys = Pick<Keys, 'workers'>;

const HEARTBEAT_MS = 2_000;

/** Records heartbeats of a worker of a queue. @returns a function that stops them and removes the worker */
export function startHeartbeat(redis: Connection, keys: WorkerKeys, queue: string, worker: string) {
  const { recordHeartbeat } = loadScripts(redis, 'presence', ['recordHeartbeat']);
  const beat = () => {
    recordHeartbeat([keys.workers(queue)], [worker]).catch(() => {});
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS).unref();
  return async () => {
    clearInterval(timer);
    await redis.zrem(keys.workers(queue), worker);
  };
}

/** Number of workers with a heartbeat in the last 10 s, by queue. */
export async function countWorkers(redis: Connection, keys: WorkerKeys, queues: readonly string[]) {
  const since = Math.floor((await redisTime(redis)) / 1_000) - 10;
  const count = async (queue: string) => [queue, await redis.zcount(keys.workers(queue), since, '+inf')];
  return Object.fromEntries(await Promise.all(queues.map(count))) as Record<string, number>;
}
