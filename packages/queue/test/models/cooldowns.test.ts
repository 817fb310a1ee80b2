import type { Failure } from '@codegen/pipeline';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createCooldowns } from '../../src/models/cooldowns.ts';
import { connectBlocking } from '../../src/redis/connection.ts';
import { openQueue, type Queue, until } from '../queue.ts';

const HOUR_MS = 3_600_000;

const limited = (retryAfterMs: number, failure: Partial<Failure> = {}): Failure => ({
  intent: 'retry',
  code: 'rate-limited',
  message: 'slow down',
  retryAfterMs,
  ...failure,
});

/** The cooldowns as a worker sees them, after it has read the stored ones. */
async function openCooldowns({ redis, keys }: Queue) {
  const subscriptions = connectBlocking(inject('redisUrl'));
  const cooldowns = createCooldowns({ redis, subscriptions, keys, now: Date.now });
  onTestFinished(() => {
    cooldowns.close();
    subscriptions.disconnect();
  });
  await cooldowns.ready;
  return cooldowns;
}

const remainingMs = async ({ redis, keys }: Queue, model: string) =>
  Number(await redis.hget(keys.cooldowns, model)) - Date.now();

test('extends cooldowns for all workers and never shortens them', async () => {
  await using queue = openQueue();
  const [one, other] = [await openCooldowns(queue), await openCooldowns(queue)];
  await one.extend('', 'a model', limited(20_000));
  const end = await queue.redis.hget(queue.keys.cooldowns, 'a model');
  await one.extend('', 'a model', limited(10_000, { message: 'later' }));
  expect(await queue.redis.hgetall(queue.keys.cooldowns)).toEqual({ 'a model': end });
  const expected = { until: Number(end), cause: 'rate-limited: slow down' };
  await until(async () => other.get('', 'a model')?.cause === expected.cause);
  expect(other.get('', 'a model')).toEqual(expected);

  await one.extend('', 'a model', limited(30_000, { message: 'later' }));
  await until(async () => other.get('', 'a model')?.cause === 'rate-limited: later');
  expect(other.get('', 'a model')?.until).toBeGreaterThan(Number(end));
});

test.each([
  ['a year', limited(365 * 24 * HOUR_MS), HOUR_MS],
  ['forever', limited(Number.POSITIVE_INFINITY), HOUR_MS],
  ['a year of a daily limit', limited(365 * 24 * HOUR_MS, { isDailyLimit: true }), 24 * HOUR_MS],
  ['a part of a millisecond', limited(60_000.5), 60_001],
])('limits a cooldown of %s, and everything of it expires in Redis', async (_, failure, ms) => {
  await using queue = openQueue();
  const cooldowns = await openCooldowns(queue);
  await cooldowns.extend('', 'm', failure);
  const remaining = await remainingMs(queue, 'm');
  expect(remaining).toBeLessThanOrEqual(ms + 1_000);
  expect(remaining).toBeGreaterThan(ms - 30_000);
  for (const key of [queue.keys.cooldowns, queue.keys.cooldownCauses]) {
    expect(await queue.redis.pttl(key)).toBeGreaterThan(ms - 30_000);
    expect(await queue.redis.pttl(key)).toBeLessThanOrEqual(ms);
  }
});

test.each([0, -1, Number.NaN])('starts no cooldown of %s ms', async (ms) => {
  await using queue = openQueue();
  await (await openCooldowns(queue)).extend('', 'm', limited(ms));
  expect(await queue.redis.exists(queue.keys.cooldowns)).toBe(0);
});

test('removes cooldowns that are over from Redis, and from memory with the next poll', async () => {
  await using queue = openQueue();
  const cooldowns = await openCooldowns(queue);
  await cooldowns.extend('', 'short', limited(1));
  await until(async () => (await queue.redis.exists(queue.keys.cooldowns)) === 0);
  await queue.redis.hset(queue.keys.cooldowns, 'over', Date.now() - 1, 'not a number', 'nan');
  await queue.redis.hset(queue.keys.cooldownCauses, 'over', 'rate-limited: slow down');
  await cooldowns.extend('', 'm', limited(60_000));
  expect(await queue.redis.hkeys(queue.keys.cooldowns)).toEqual(['m']);
  expect(await queue.redis.hkeys(queue.keys.cooldownCauses)).toEqual(['m']);
  await until(async () => cooldowns.get('', 'm') !== undefined);
  expect(cooldowns.get('', 'over')).toBeUndefined();
});

test('ignores a stored cooldown that is longer than any can be', async () => {
  await using queue = openQueue();
  await queue.redis.hset(queue.keys.cooldowns, 'm', Date.now() + 365 * 24 * HOUR_MS, 'other', '1e300');
  const cooldowns = await openCooldowns(queue);
  expect([cooldowns.get('', 'm'), cooldowns.get('', 'other')]).toEqual([undefined, undefined]);
  await cooldowns.extend('', 'm', limited(60_000));
  expect(await queue.redis.hkeys(queue.keys.cooldowns)).toEqual(['m']);
  expect(await remainingMs(queue, 'm')).toBeLessThanOrEqual(61_000);
});

test('reads a cooldown without a stored cause', async () => {
  await using queue = openQueue();
  const end = Date.now() + 60_000;
  await queue.redis.hset(queue.keys.cooldowns, 'm', end);
  expect((await openCooldowns(queue)).get('', 'm')).toEqual({ until: end, cause: 'rate-limited' });
});

test('forgets cooldowns that were deleted in Redis when it reads them again', async () => {
  await using queue = openQueue();
  const cooldowns = await openCooldowns(queue);
  await cooldowns.extend('', 'm', limited(60_000));
  await until(async () => cooldowns.get('', 'm') !== undefined);
  await queue.redis.del(queue.keys.cooldowns, queue.keys.cooldownCauses);
  // Every message makes workers read them, as the poll does.
  await queue.redis.publish(queue.keys.cooldownChanges, '0 other');
  await until(async () => cooldowns.get('', 'm') === undefined);
});

test('stores at most 300 characters of a cause', async () => {
  await using queue = openQueue();
  await (await openCooldowns(queue)).extend('', 'm', limited(60_000, { message: '😀'.repeat(5_000) }));
  const cause = (await queue.redis.hget(queue.keys.cooldownCauses, 'm')) ?? '';
  expect(cause.length).toBeLessThanOrEqual(300);
  expect(cause).toMatch(/^rate-limited: 😀/u);
  expect(cause.isWellFormed()).toBe(true);
});
