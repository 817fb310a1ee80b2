import { type Connection, connectBlocking, keysOf } from '@codegen/queue/testing';
import { inject } from 'vitest';

/** All keys of a namespace in Redis: name without the namespace → content as text. */
export async function storedKeys(namespace: string): Promise<Map<string, string>> {
  const redis = connectBlocking(inject('redisUrl'));
  try {
    const { prefix } = keysOf(namespace);
    const names = await redis.keys(`${prefix}:*`);
    const entries = names.map(
      async (name) => [name.slice(prefix.length + 1), JSON.stringify(await read(redis, name))] as const,
    );
    return new Map(await Promise.all(entries));
  } finally {
    redis.disconnect();
  }
}

async function read(redis: Connection, name: string): Promise<unknown> {
  switch (await redis.type(name)) {
    case 'string':
      return redis.get(name);
    case 'hash':
      return redis.hgetall(name);
    case 'list':
      return redis.lrange(name, 0, -1);
    case 'set':
      return redis.smembers(name);
    case 'zset':
      return redis.zrange(name, '0', '-1');
    case 'stream':
      return redis.xrange(name, '-', '+');
    default:
      return null;
  }
}

/** BullMQ's event stream. It names jobs by id until later events displace them. */
const QUEUE_LOG = 'stages:events';

/** Names of the keys whose name or content contains `text`. */
export async function tracesOf(text: string, namespace: string): Promise<string[]> {
  const stored = await storedKeys(namespace);
  return [...stored]
    .filter(([name, content]) => name !== QUEUE_LOG && (name.includes(text) || content.includes(text)))
    .map(([name]) => name)
    .sort();
}
