import { expect, inject, test } from 'vitest';
import { createCooldowns } from '../src/models/cooldowns.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { openQueue, until } from './queue.ts';

test('extends cooldowns for all workers and never shortens them', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const subscriber = connectBlocking(inject('redisUrl'));
  const cooldowns = createCooldowns(redis, subscriber, keys);
  await cooldowns.ready;
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
