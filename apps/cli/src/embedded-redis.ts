import { createRedisServer } from 'js-redis-server';
import type { PrivateRedis } from './private-redis.ts';

/** The stand-in for machines without a Redis: in this process, slow, and empty after every start. */
export async function startEmbeddedRedis(): Promise<PrivateRedis> {
  const server = await createRedisServer();
  return { url: `redis://127.0.0.1:${server.port}`, data: null, close: () => server.close() };
}
