import { graph, NO_USAGE, type Usage } from '@codegen/pipeline';
import { ESTIMATED, hangs, reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { expect, test } from 'vitest';
import { startStageWorker } from '../../src/index.ts';
import { openQueue, type Queue, until } from '../queue.ts';
import { recordOf } from '../record.ts';

type LookUp = (usage: Usage, signal: AbortSignal) => Promise<Usage | null>;

/** A worker whose model server reports usage later, and a run whose second call is in flight. */
async function startSecondCall(queue: Queue, reconcileUsage: LookUp) {
  const models = scriptModels({ classify: reply('simple'), answer: hangs });
  const runtime = { ...models, random: Math.random, reconcileUsage };
  const worker = await startStageWorker(graph, runtime, { ...queue.options, report: () => {} });
  const id = await queue.begin();
  await models.whenCalled('answer');
  const call = async () => (await queue.run(id)).stages.answer?.calls.at(-1);
  return { id, worker, call };
}
const report: LookUp = async (usage) => ({
  ...usage,
  provider: 'DeepInfra',
  completionTokens: 3,
  cost: 0.25,
  figures: 'reported',
});

/** An aborted call with estimated usage, whose server reports the usage after `release`. */
async function abortSecondCall(queue: Queue) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const started = await startSecondCall(queue, async (usage, signal) => {
    await released;
    return report(usage, signal);
  });
  await queue.runs.cancel(started.id);
  await until(async () => (await started.call())?.figures === 'estimated');
  return { ...started, release };
}

test('an aborted call is recorded with its estimated usage, and later with its reported usage', async () => {
  await using queue = openQueue();
  const { id, worker, call, release } = await abortSecondCall(queue);
  expect(await call()).toMatchObject({ ...ESTIMATED, cost: null, failure: { code: 'aborted' } });
  release();
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

test('reported usage counts once, and stays when another worker continues the stage', async () => {
  await using queue = openQueue();
  const { id, worker } = await startSecondCall(queue, report);
  await worker.close();
  await queue.startWorker();
  const { stages } = await queue.finished(id);
  expect(stages.answer?.calls).toMatchObject([
    { failure: { code: 'aborted' }, cost: 0.25, figures: 'reported' },
    { failure: null, cost: 0.01, figures: 'reported' },
  ]);
  expect(Number(await queue.redis.hget(queue.keys.run(id), 'cost'))).toBeCloseTo(0.27, 10);
});

test('the estimate stays if no usage is reported', async () => {
  await using queue = openQueue();
  const { id, worker, call } = await startSecondCall(queue, async () => null);
  await queue.runs.cancel(id);
  await until(async () => (await call())?.figures === 'estimated');
  await worker.close();
  expect(await call()).toMatchObject({ ...ESTIMATED, cost: null });
});

test('usage of a run that is gone is not stored', async () => {
  await using queue = openQueue();
  const { id, worker, release } = await abortSecondCall(queue);
  await queue.runs.remove(id, 'anonymous');
  release();
  await worker.close();
  expect(await queue.redis.exists(queue.keys.run(id))).toBe(0);
});

test('a worker that closes aborts lookups after a timeout', async () => {
  await using queue = openQueue();
  const given = Promise.withResolvers<AbortSignal>();
  const { worker, id, call } = await startSecondCall(queue, (_, signal) => {
    given.resolve(signal);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
  });
  await worker.close();
  expect((await given.promise).aborted).toBe(true);
  expect(await call()).toMatchObject({ ...ESTIMATED, failure: { code: 'aborted' } });
  expect((await queue.run(id)).stages.answer?.status).toBe('retrying');
});

test('usage that is reported twice is stored and counted once', async () => {
  await using queue = openQueue();
  const store = queue.createStore();
  const id = await queue.begin();
  const usage = { ...NO_USAGE, generationId: 'gen-1', cost: 1, figures: 'reported' } as const;
  const estimated = { ...usage, cost: 0.25, figures: 'estimated' } as const;
  const call = { ...estimated, model: 'main', startedAt: 1, durationMs: 4, failure: null };
  await store.commitStage(id, recordOf('answer', null, { calls: [call] }));
  await store.reconcileUsage(id, usage, 0.75);
  await store.reconcileUsage(id, { ...usage, cost: 2 }, 1.75);
  const { cost, stages } = (await store.loadWithUsage(id)) ?? {};
  expect(cost).toBe(1);
  expect(stages?.answer?.calls).toMatchObject([{ cost: 1, figures: 'reported' }]);
});
