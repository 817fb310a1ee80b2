import { expect, test } from 'vitest';
import { complexResponse } from '../../../test/conformance/case.ts';
import { fails, type Reply, writes } from '../../../test/conformance/replies.ts';
import { openQueue, type Queue, until } from './queue.ts';

const whole = { status: 'completed', response: complexResponse(), degraded: [] };
const overloaded = fails({ intent: 'retry', code: 'overloaded' });

/** Whether the branches of a run had jobs of their own. */
const isForked = async ({ redis, keys }: Queue, id: string) =>
  (await redis.hexists(keys.run(id), 'forked:compare')) === 1;

test.concurrent.each([
  ['that has room carries both branches of a run in one job', 4, false],
  ['that is half full leaves one to whoever has room', 2, true],
])('a worker %s', async (_, concurrency, forked) => {
  await using queue = openQueue({ concurrency });
  await queue.startWorker();
  const id = await queue.begin();
  expect((await queue.settled(id)).settled).toMatchObject(whole);
  expect(await isForked(queue, id)).toBe(forked);
});

test.concurrent('a branch that has to wait is asked again while the other one is at work', async () => {
  await using queue = openQueue();
  const { promise: asked, resolve: askedAgain } = Promise.withResolvers<void>();
  const again: Reply = (question, moments) => {
    askedAgain();
    return writes(question, moments);
  };
  const waits: Reply = async (question, moments) => {
    await asked;
    return writes(question, moments);
  };
  await queue.startWorker({
    'generate.direct': [overloaded, overloaded, again],
    'enhance.interpreted': waits,
  });
  const id = await queue.begin();
  expect((await queue.settled(id)).settled).toMatchObject(whole);
  expect(await isForked(queue, id)).toBe(false);
});

test.concurrent('when both branches have to wait, so does their job, and its worker is free', async () => {
  await using queue = openQueue();
  const limited = [fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 1_500 }), writes];
  const replies = { 'generate.direct': limited, 'generate.interpreted': limited };
  await queue.startWorker(replies, {}, { models: (role) => [role] });
  const id = await queue.begin();
  const { prefix } = queue.keys;
  await until(async () => (await queue.redis.zcard(`${prefix}:stages:delayed`)) === 1);
  expect(await queue.redis.llen(`${prefix}:stages:active`)).toBe(0);
  const run = await queue.settled(id);
  expect(run.settled).toMatchObject(whole);
  expect(run.stages['generate.direct']?.calls).toHaveLength(2);
});
