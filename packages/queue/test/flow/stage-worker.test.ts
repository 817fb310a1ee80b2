import { hangs, reply, writes } from '@codegen/testing/models/replies';
import { type CuttableProxy, startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { COMPLEX, complexResponse } from '@codegen/testing/runs/case';
import { expect, inject, test } from 'vitest';
import { openQueue, until } from '../queue.ts';

const simple = reply('simple');

test.concurrent('a worker that closes returns its stages to the queue, and another worker finishes them', async () => {
  await using queue = openQueue();
  const first = await queue.startWorker({ 'generate.direct': hangs, interpret: hangs });
  const id = await queue.begin();
  await first.models.whenCalled('generate.direct');
  await first.models.whenCalled('interpret');
  const second = await queue.startWorker({ classify: hangs });
  await first.worker.close();
  const run = await queue.finished(id);

  expect(run.outcome).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
  expect(first.models.calls.map(({ ended }) => ended)).toEqual(['answered', 'aborted', 'aborted']);
  expect(second.models.calls.map(({ stage }) => stage)).not.toContain('classify');
  expect(run.stages.interpret?.calls).toMatchObject([
    { failure: { code: 'aborted' } },
    { failure: null, model: 'interpreter-1' },
  ]);
  expect(queue.faults).toEqual([]);
});

test.concurrent('a stage returned by the only worker waits for the next worker', async () => {
  await using queue = openQueue();
  const first = await queue.startWorker({ classify: hangs });
  const id = await queue.begin();
  await first.models.whenCalled('classify');
  await first.worker.close();
  expect((await queue.run(id)).stages.classify?.status).toBe('retrying');
  await queue.startWorker();
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});

test.concurrent('a worker that closes with a timeout finishes its stages and starts no others', async () => {
  await using queue = openQueue();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { worker, models } = await queue.startWorker({
    classify: simple,
    async answer(call, moments) {
      await held;
      return writes(call, moments);
    },
  });
  const id = await queue.begin();
  await models.whenCalled('answer');
  const closed = worker.close(30_000);
  const late = await queue.begin();
  release();
  await closed;
  expect((await queue.run(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  expect(models.calls.map(({ run }) => run)).not.toContain(late);
  expect((await queue.run(late)).stages).toEqual({});
});

test.concurrent('a worker can be closed twice and is no longer counted', async () => {
  await using queue = openQueue();
  const { worker } = await queue.startWorker();
  await until(async () => (await queue.runs.workers()).stages === 1);
  await Promise.all([worker.close(), worker.close(1_000)]);
  await worker.close();
  expect((await queue.runs.workers()).stages).toBe(0);
});

test.concurrent('two workers share the stages of runs without repeating any', async () => {
  await using queue = openQueue();
  const workers = [
    await queue.startWorker({}, { concurrency: 1 }),
    await queue.startWorker({}, { concurrency: 1 }),
  ];
  const ids = await Promise.all(Array.from({ length: 5 }, () => queue.begin()));
  for (const id of ids)
    expect((await queue.finished(id)).outcome).toMatchObject({ response: complexResponse() });
  const calls = workers.flatMap(({ models }) => models.calls.map(({ run, stage }) => `${run} ${stage}`));
  expect(calls).toHaveLength(5 * COMPLEX.length);
  expect(new Set(calls).size).toBe(calls.length);
});

test.concurrent('an unexpected error in a stage is reported, and the stage is retried', async () => {
  await using queue = openQueue();
  const id = await queue.begin();
  const broken = await queue.startWorker({}, { concurrency: 1 });
  await broken.worker.close();
  // The stored conversation is not valid JSON.
  await queue.redis.hset(queue.keys.run(id), 'conversation', '{');
  await queue.startWorker();
  await until(async () => queue.faults.some((fault) => fault instanceof SyntaxError));
  await queue.redis.hset(
    queue.keys.run(id),
    'conversation',
    JSON.stringify([{ role: 'user', content: 'hello' }]),
  );
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed' });
});

test.concurrent.each([
  ['is down', (proxy: CuttableProxy) => proxy.cut()],
  ['hangs', async (proxy: CuttableProxy) => proxy.stall()],
])('an idle worker can be closed while Redis %s', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using queue = openQueue();
  const { worker } = await queue.startWorker({}, { redisUrl: proxy.url });
  await fail(proxy);
  await worker.close();
});

test.concurrent.each([
  ['was down', (proxy: CuttableProxy) => proxy.cut()],
  ['hung', async (proxy: CuttableProxy) => proxy.stall()],
])('a worker continues after Redis %s, and no response is lost', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using queue = openQueue();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { models } = await queue.startWorker(
    {
      classify: simple,
      async answer(call, moments) {
        await held;
        return writes(call, moments);
      },
    },
    { redisUrl: proxy.url },
  );
  const id = await queue.begin();
  await models.whenCalled('answer');
  await fail(proxy);
  release();
  await until(async () => models.calls.at(-1)?.ended === 'answered');
  await proxy.restore();
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  expect(models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
});
