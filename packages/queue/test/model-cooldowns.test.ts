import { countCommands, naming, watchCommands } from '@codegen/testing/redis/command-watch';
import { fails, type Reply, reply, writes } from '@codegen/testing/replies';
import { expect, inject, test } from 'vitest';
import { openQueue, until } from './queue.ts';

const limited = (retryAfterMs: number) => fails({ intent: 'retry', code: 'rate-limited', retryAfterMs });

test.concurrent('a 429 with Retry-After starts a cooldown of that model for all workers, and of no other', async () => {
  await using queue = openQueue();
  const reply: Reply = (asked, moments) =>
    (asked.model === 'generator-1' ? limited(60_000) : writes)(asked, moments);
  const replies = { 'generate.direct': reply, 'generate.interpreted': reply };
  const first = await queue.startWorker(replies);
  await queue.finished(await queue.begin());
  // A worker that starts later reads the stored cooldowns.
  const second = await queue.startWorker(replies);
  const ids = await Promise.all(Array.from({ length: 4 }, () => queue.begin()));
  for (const id of ids) expect((await queue.finished(id)).outcome).toMatchObject({ degraded: [] });

  expect(await queue.redis.hkeys(queue.keys.cooldowns)).toEqual(['generator-1']);
  const asked = [first, second].flatMap(({ models }) => models.calls);
  // At most both stages of the first run called the model.
  expect(asked.filter(({ model }) => model === 'generator-1').length).toBeLessThanOrEqual(2);
  const others = new Set(asked.map(({ model }) => model));
  expect(others).toEqual(
    new Set(['classifier-1', 'interpreter-1', 'generator-1', 'generator-2', 'instructTuned-1', 'reviewer-1']),
  );
  expect(await queue.redis.exists(queue.keys.breakers)).toBe(0);
});

test.concurrent('a waiting stage does not extend the cooldown for an earlier failure', async () => {
  await using queue = openQueue();
  const { models } = await queue.startWorker(
    { classify: reply('simple'), answer: [limited(300), writes] },
    {},
    { models: (role) => [role] },
  );
  const id = await queue.begin();
  await models.whenFailed('answer');
  await until(async () => (await queue.redis.hexists(queue.keys.cooldowns, 'instructTuned')) === 1);
  // Another worker extends the cooldown: the next attempt is too early.
  const later = Date.now() + 1_500;
  await queue.redis.hset(queue.keys.cooldowns, 'instructTuned', later);
  await queue.redis.publish(queue.keys.cooldownChanges, `${later} instructTuned`);
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed' });
  expect(await queue.redis.hget(queue.keys.cooldowns, 'instructTuned')).toBe(String(later));
});

test.skipIf(inject('redisKind') === 'embedded')(
  'sends no command about models to Redis while nothing fails',
  async () => {
    await using queue = openQueue();
    await queue.startWorker();
    await using watch = await watchCommands(inject('redisUrl'));
    for (let runs = 0; runs < 3; runs++) await queue.finished(await queue.begin());
    const seen = naming(await watch.seen(), queue.keys.prefix);
    const of = (...keys: string[]) => keys.flatMap((key) => naming(seen, key));
    const { names } = countCommands(
      of(queue.keys.breakers, queue.keys.cooldowns, `${queue.keys.prefix}:calls`),
    );
    // Periodic polls.
    const { hgetall: _, ...others } = names;
    expect(others).toEqual({});
  },
);
