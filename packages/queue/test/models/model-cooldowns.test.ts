import { fails, type Reply, reply, writes } from '@codegen/testing/models/replies';
import { commandsWith, countCommands, watchCommands } from '@codegen/testing/redis/command-watch';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createCooldowns } from '../../src/models/cooldowns.ts';
import { connectBlocking } from '../../src/redis/connection.ts';
import { openQueue, until } from '../queue.ts';

const limited = (retryAfterMs: number) => fails({ intent: 'retry', code: 'rate-limited', retryAfterMs });

test.concurrent('a 429 with Retry-After starts a cooldown of that model for all workers, and of no other', async () => {
  await using queue = openQueue();
  const reply: Reply = (call, moments) =>
    (call.model === 'generator-1' ? limited(60_000) : writes)(call, moments);
  const replies = { 'generate.direct': reply, 'generate.interpreted': reply };
  const first = await queue.startWorker(replies);
  await queue.finished(await queue.begin());
  // A worker that starts later reads the stored cooldowns.
  const second = await queue.startWorker(replies);
  const ids = await Promise.all(Array.from({ length: 4 }, () => queue.begin()));
  for (const id of ids) expect((await queue.finished(id)).outcome).toMatchObject({ degraded: [] });

  expect(await queue.redis.hkeys(queue.keys.cooldowns)).toEqual(['generator-1']);
  const calls = [first, second].flatMap(({ models }) => models.calls);
  // At most both stages of the first run called the model.
  expect(calls.filter(({ model }) => model === 'generator-1').length).toBeLessThanOrEqual(2);
  const others = new Set(calls.map(({ model }) => model));
  expect(others).toEqual(
    new Set(['classifier-1', 'interpreter-1', 'generator-1', 'generator-2', 'instructTuned-1', 'reviewer-1']),
  );
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
});

test.concurrent('a waiting stage does not extend the cooldown for an earlier failure', async () => {
  await using queue = openQueue();
  const { redis, keys } = queue;
  const subscriptions = connectBlocking(inject('redisUrl'));
  onTestFinished(() => subscriptions.disconnect());
  const changes: string[] = [];
  subscriptions.on('message', (_, message) => changes.push(message));
  const other = createCooldowns({ redis, subscriptions, keys, now: Date.now });
  onTestFinished(() => other.close());
  await other.ready;
  const { models } = await queue.startWorker(
    { classify: reply('simple'), answer: [limited(300), writes] },
    {},
    { models: (role) => [role] },
  );
  const id = await queue.begin();
  await models.whenFailed('answer');
  await until(async () => changes.length === 1);
  // Another worker extends the cooldown: the next attempt is too early.
  await other.extend('', 'instructTuned', {
    intent: 'retry',
    code: 'rate-limited',
    message: '',
    retryAfterMs: 1_500,
  });
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed' });
  expect(changes).toEqual([
    expect.stringMatching(/ instructTuned$/),
    expect.stringMatching(/ instructTuned$/),
  ]);
});

test.concurrent('a stage that gives up names the cause of the cooldown and its end', async () => {
  await using queue = openQueue();
  const daily = fails({
    intent: 'retry',
    code: 'rate-limited',
    message: 'too many requests: free-models-per-day',
    retryAfterMs: 2 * 3_600_000,
    isDailyLimit: true,
  });
  await queue.startWorker(
    { classify: reply('simple'), answer: daily },
    {},
    { models: (role) => (role === 'instructTuned' ? [role] : [`${role}-1`]) },
  );
  expect((await queue.finished(await queue.begin())).outcome).toMatchObject({ status: 'failed' });
  await until(async () => (await queue.redis.exists(queue.keys.cooldownCauses)) === 1);
  const { outcome } = await queue.finished(await queue.begin());
  expect(outcome).toMatchObject({
    status: 'failed',
    stage: 'answer',
    code: 'rate-limited',
    detail: expect.stringMatching(
      /^every model of this role is cooling down until (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC \(rate-limited: too many requests: free-models-per-day\)$/,
    ),
  });
});

test.skipIf(inject('redisKind') === 'embedded')(
  'sends no command about models to Redis while nothing fails',
  async () => {
    await using queue = openQueue();
    await queue.startWorker();
    await using watch = await watchCommands(inject('redisUrl'));
    for (let runs = 0; runs < 3; runs++) await queue.finished(await queue.begin());
    const seen = commandsWith(await watch.commands(), queue.keys.prefix);
    const of = (...keys: string[]) => keys.flatMap((key) => commandsWith(seen, key));
    const { names } = countCommands(
      of(queue.keys.breakers, queue.keys.cooldowns, queue.keys.cooldownCauses, `${queue.keys.prefix}:calls`),
    );
    // Periodic polls.
    const { hgetall: _, ...others } = names;
    expect(others).toEqual({});
  },
);
