import { expect, inject, test } from 'vitest';
import { openHolds } from '../src/models/holds.ts';
import { connectPatiently } from '../src/redis/connection.ts';
import { openQueue, until } from './queue.ts';

test('a cooldown is extended and never shortened, for all workers', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const subscriber = connectPatiently(inject('redisUrl'));
  const holds = openHolds(redis, subscriber, keys);
  await holds.known;
  await holds.extend('m', 20);
  await holds.extend('m', 10);
  expect(await redis.hgetall(keys.holds)).toEqual({ m: '20' });
  await holds.extend('m', 30);
  await holds.extend('a model', 5);
  expect(await redis.hgetall(keys.holds)).toEqual({ m: '30', 'a model': '5' });
  await until(async () => holds.current.size === 2);
  expect(Object.fromEntries(holds.current)).toEqual({ m: 30, 'a model': 5 });
  holds.close();
  subscriber.disconnect();
});
