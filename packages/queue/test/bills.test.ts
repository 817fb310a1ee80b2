import { graph, type Usage } from '@codegen/pipeline';
import { scriptModels } from '@codegen/testing/models';
import { ESTIMATED, hangs, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { startConsumer } from '../src/index.ts';
import { openQueue, type Queue, until } from './queue.ts';

type Bill = (usage: Usage, signal: AbortSignal) => Promise<Usage | null>;

/** A worker whose model server tells afterwards what a call cost, and a run whose second call it has in hand. */
async function halfway(queue: Queue, reconcileUsage: Bill) {
  const models = scriptModels({ classify: reply('simple'), answer: hangs });
  const runtime = { ...models, random: Math.random, reconcileUsage };
  const worker = await startConsumer(graph, runtime, { ...queue.options, report: () => {} });
  const id = await queue.begin();
  await models.whenCalled('answer');
  const call = async () => (await queue.run(id)).stages.answer?.calls.at(-1);
  return { id, worker, call };
}
const billed: Bill = async (usage) => ({
  ...usage,
  provider: 'DeepInfra',
  completionTokens: 3,
  cost: 0.25,
  figures: 'reported',
});

test('a call that was cut off with its run is on record with what is known of it, then with its bill', async () => {
  await using queue = openQueue();
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  const { id, worker, call } = await halfway(queue, async (usage, signal) => {
    await asked;
    return billed(usage, signal);
  });
  await queue.runs.cancel(id);
  await until(async () => (await call())?.figures === 'estimated');
  expect(await call()).toMatchObject({ ...ESTIMATED, cost: null, failure: { code: 'aborted' } });
  tell();
  await until(async () => (await call())?.figures === 'reported');
  expect(await call()).toMatchObject({
    generationId: ESTIMATED.generationId,
    provider: 'DeepInfra',
    promptTokens: ESTIMATED.promptTokens,
    completionTokens: 3,
    cost: 0.25,
    failure: { code: 'aborted' },
  });
  expect(Number(await queue.redis.hget(queue.keys.run(id), 'cost'))).toBeCloseTo(0.26, 10);
  await worker.close();
});

test('a bill counts once, and stays when another worker goes on with the stage', async () => {
  await using queue = openQueue();
  const { id, worker } = await halfway(queue, billed);
  await worker.close();
  await queue.startWorker();
  const { stages } = await queue.finished(id);
  expect(stages.answer?.calls).toMatchObject([
    { failure: { code: 'aborted' }, cost: 0.25, figures: 'reported' },
    { failure: null, cost: 0.01, figures: 'reported' },
  ]);
  expect(Number(await queue.redis.hget(queue.keys.run(id), 'cost'))).toBeCloseTo(0.27, 10);
});

test('where no bill can be had the estimate stays', async () => {
  await using queue = openQueue();
  const { id, worker, call } = await halfway(queue, async () => null);
  await queue.runs.cancel(id);
  await until(async () => (await call())?.figures === 'estimated');
  await worker.close();
  expect(await call()).toMatchObject({ ...ESTIMATED, cost: null });
});

test('a bill of a run that is gone brings nothing back', async () => {
  await using queue = openQueue();
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>();
  const { id, worker, call } = await halfway(queue, async (usage, signal) => {
    await asked;
    return billed(usage, signal);
  });
  await queue.runs.cancel(id);
  await until(async () => (await call())?.figures === 'estimated');
  await queue.runs.remove(id, 'anonymous');
  tell();
  await worker.close();
  expect(await queue.redis.exists(queue.keys.run(id))).toBe(0);
});

test('a worker that closes does not wait long for a bill that does not come', async () => {
  await using queue = openQueue();
  const given = Promise.withResolvers<AbortSignal>();
  const { worker, id, call } = await halfway(queue, (_, signal) => {
    given.resolve(signal);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
  });
  await worker.close();
  expect((await given.promise).aborted).toBe(true);
  expect(await call()).toMatchObject({ ...ESTIMATED, failure: { code: 'aborted' } });
  expect((await queue.run(id)).stages.answer?.status).toBe('retrying');
});
