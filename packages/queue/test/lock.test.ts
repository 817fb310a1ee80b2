import { expect, test } from 'vitest';
import { hangs, says } from '../../../test/conformance/replies.ts';
import { openQueue, until } from './queue.ts';

const simple = says('simple');

/** Looks for lost jobs come too late to matter here. */
const LOCK_MS = 2_000;

test.concurrent('a worker whose lock ran out while Redis was away takes it again, and its call goes on', async () => {
  await using queue = openQueue({ lockMs: LOCK_MS, stallCheckMs: 60_000 });
  const answered = Promise.withResolvers<void>();
  const { models } = await queue.startWorker({
    classify: simple,
    answer: async (asked, moments) => {
      await answered.promise;
      return says('```python\nprint(1)\n```')(asked, moments);
    },
  });
  const id = await queue.begin();
  await models.whenAsked('answer');
  const lock = `${queue.keys.prefix}:stages:${id}:lock`;
  const token = await queue.redis.get(lock);
  await queue.redis.del(lock);
  await until(async () => (await queue.redis.get(lock)) === token);
  answered.resolve();
  expect((await queue.settled(id)).settled).toMatchObject({ status: 'completed', degraded: [] });
  expect(models.asked.map(({ ended }) => ended)).toEqual(['answered', 'answered']);
  expect(queue.faults).toEqual([]);
});

test.concurrent('a worker whose job was given to another one breaks its call off', async () => {
  await using queue = openQueue({ lockMs: LOCK_MS, stallCheckMs: 60_000 });
  const { models } = await queue.startWorker({ classify: simple, answer: hangs });
  const id = await queue.begin();
  await models.whenAsked('answer');
  await queue.redis.set(`${queue.keys.prefix}:stages:${id}:lock`, 'another');
  await until(async () => models.asked.at(-1)?.ended === 'aborted');
  expect(queue.faults.map(({ message }) => message)).toContain(
    `job ${id} was taken for lost and given to another worker`,
  );
});
