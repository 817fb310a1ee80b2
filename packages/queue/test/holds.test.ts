import { expect, inject, test } from 'vitest';
import { openHolds } from '../src/models/holds.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { openQueue, until } from './queue.ts';

test('a cooldown is extended and never shortened, for all workers', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const subscriber = connectBlocking(inject('redisUrl'));
  const cooldowns = openHolds(redis, subscriber, keys);
  await cooldowns.known;
  await cooldowns.extend('m', 20);
  await cooldowns.extend('m', 10);
  expect(await redis.hgetall(keys.cooldowns)).toEqual({ m: '20' });
  await cooldowns.extend('m', 30);
  await cooldowns.extend('a model', 5);
  expect(await redis.hgetall(keys.cooldowns)).toEqual({ m: '30', 'a model': '5' });
  await until(async () => cooldowns.current.size === 2);
  expect(Object.fromEntries(cooldowns.current)).toEqual({ m: 30, 'a model': 5 });
  cooldowns.close();
  subscriber.disconnect();
});
