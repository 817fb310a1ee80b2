import { randomUUID } from 'node:crypto';
import { fromQuery, graph, hasEnded } from '@codegen/pipeline';
import { complexAfter, complexResponse } from '@codegen/testing/case';
import { scriptModels } from '@codegen/testing/models';
import { fails, hangs, reply, writes } from '@codegen/testing/replies';
import { Queue as BullQueue, UnrecoverableError, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { startConsumer } from '../src/index.ts';
import { openRunStore } from '../src/jobs/run-store.ts';
import { ANONYMOUS } from '../src/jobs/submission.ts';
import { openQueue, type Queue, RETENTION_SECONDS, until } from './queue.ts';
import { recordOf } from './record.ts';

const AN_HOUR_MS = 3_600_000;

const isChecked = (queue: Queue) => async () => !(await queue.names()).includes('unchecked');

/** Makes the check of a run due. */
const expireCheck = ({ redis, keys }: Queue, id: string) => redis.zadd(keys.unchecked, 'XX', 1, id);

const openBullQueue = ({ redis, keys }: Queue) =>
  new BullQueue('stages', { connection: redis, prefix: keys.prefix, skipVersionCheck: true });

/** Removes every job of a run. */
async function removeJobs(queue: Queue, id: string) {
  const bull = openBullQueue(queue);
  expect(await bull.remove(id)).toBe(1);
  await bull.close();
  expect((await queue.names()).filter((name) => name.startsWith(`stages:${id}`))).toEqual([]);
}

describe('maintenance', () => {
  /** A run whose API died before it queued the run, long ago. */
  async function createUnqueued(queue: Queue) {
    const { redis, keys } = queue;
    const store = openRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS });
    const run = { id: randomUUID(), conversation: fromQuery('hello'), seed: 1, createdAt: Date.now() };
    await store.submit(run, ANONYMOUS);
    await expireCheck(queue, run.id);
    return { id: run.id, store };
  }

  test('queues a run that was stored but never queued', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { id } = await createUnqueued(queue);
    await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
    await until(isChecked(queue));
  });

  test.each([null, 'simple'] as const)(
    'queues a classified run (route: %s) that has no job, and no stage is repeated',
    async (route) => {
      await using queue = openQueue({ janitorMs: 50 });
      const { id, store } = await createUnqueued(queue);
      const classified = recordOf('classify', { kind: 'route', route: 'simple' });
      await store.commitStage(id, classified, { route });
      const { models } = await queue.startWorker();
      expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', route: 'simple' });
      expect(models.calls.map(({ stage }) => stage)).toEqual(['answer']);
    },
  );

  test('queues a run again whose jobs are gone, and no ended stage is repeated', async () => {
    await using queue = openQueue();
    const first = await queue.startWorker({ 'generate.direct': hangs });
    const id = await queue.begin();
    await until(async () => hasEnded((await queue.run(id)).stages['enhance.interpreted']));
    await first.worker.close();
    await removeJobs(queue, id);
    await expireCheck(queue, id);
    const second = await queue.startWorker({}, { janitorMs: 50 });
    expect((await queue.finished(id)).outcome).toMatchObject({
      status: 'completed',
      response: complexResponse(),
      degraded: [],
    });
    expect(second.models.calls.map(({ stage }) => stage)).toEqual([
      'generate.direct',
      'enhance.direct',
      'compare',
      ...complexAfter('compare'),
    ]);
    expect(queue.faults).toEqual([]);
  });

  test('checks the other runs when one cannot be read', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const broken = await createUnqueued(queue);
    const { id } = await createUnqueued(queue);
    await queue.redis.hset(queue.keys.run(broken.id), 'conversation', '{');
    await queue.redis.zadd(queue.keys.unchecked, 'XX', 0, broken.id);
    await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  });

  test('leaves a run that its API took back', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { id, store } = await createUnqueued(queue);
    await store.forget(id, ANONYMOUS.caller, 'untouched');
    const { models } = await queue.startWorker();
    await until(isChecked(queue));
    expect(models.calls).toEqual([]);
  });

  test('does not check a run that has ended', async () => {
    await using queue = openQueue();
    const id = await queue.begin();
    expect(await isChecked(queue)()).toBe(false);
    const { models } = await queue.startWorker({ classify: reply('simple') });
    await queue.finished(id);
    expect(await isChecked(queue)()).toBe(true);
    expect(models.calls).toHaveLength(2);
  });

  test('leaves a run whose jobs are there, and checks it again later', async () => {
    await using queue = openQueue({ janitorMs: 50 });
    const { models } = await queue.startWorker({ classify: hangs });
    const id = await queue.begin();
    await models.whenCalled('classify');
    await expireCheck(queue, id);
    const scoreOf = async () => Number(await queue.redis.zscore(queue.keys.unchecked, id));
    await until(async () => (await scoreOf()) > Date.now());
    expect((await queue.run(id)).outcome).toBeNull();
    expect(models.calls).toHaveLength(1);
  });

  test.each(['failed', 'completed'] as const)(
    'ends a run whose root job has %s without an outcome as a failed run',
    async (state) => {
      await using queue = openQueue();
      const id = await queue.begin();
      await finishRootJob(queue, id, state);
      expect((await queue.run(id)).outcome).toBeNull();
      await expireCheck(queue, id);
      const { models } = await queue.startWorker({}, { janitorMs: 50 });
      expect((await queue.finished(id)).outcome).toEqual({
        status: 'failed',
        stage: 'generate',
        code: 'internal',
        detail: 'the service failed to carry out this request',
        degraded: [],
      });
      expect(await isChecked(queue)()).toBe(true);
      expect(models.calls).toEqual([]);
    },
  );

  /** Takes the root job of a run that has just begun and ends it, as a worker with a fault would. */
  async function finishRootJob(queue: Queue, id: string, state: 'failed' | 'completed') {
    const bull = openBullQueue(queue);
    // The root job is released by the removal of its only child.
    expect(await bull.remove(`${id}.classify`)).toBe(1);
    const worker = new Worker('stages', null, { connection: queue.redis, prefix: queue.keys.prefix });
    const job = await worker.getNextJob('token');
    expect(job?.id).toBe(id);
    if (state === 'failed') await job?.moveToFailed(new UnrecoverableError('a fault'), 'token', false);
    else await job?.moveToCompleted({}, 'token', false);
    expect(await bull.getJobState(id)).toBe(state);
    await worker.close();
    await bull.close();
  }
});

test('a job of an unknown stage is delayed and offered again, and does not fail', async () => {
  await using queue = openQueue();
  const bull = openBullQueue(queue);
  const id = await queue.begin();
  const options = { jobId: `${id}.translate`, attempts: 1_000, backoff: { type: 'stage' } };
  const job = await bull.add('translate', { run: id }, options);
  await queue.startWorker({ classify: hangs });
  await until(async () => (await job.getState()) === 'delayed');
  await until(async () => ((await bull.getJob(`${id}.translate`))?.attemptsMade ?? 0) >= 2);
  await until(async () => (await job.getState()) === 'delayed');
  await bull.close();
  expect(new Set(queue.faults.map(({ message }) => message))).toEqual(
    new Set(['this worker knows no stage "translate" and leaves it to others']),
  );
});

test.each([
  ['ahead', AN_HOUR_MS],
  ['behind', -AN_HOUR_MS],
])('a stage that a worker delayed by a clock an hour %s is taken up by other workers', async (_, skew) => {
  await using queue = openQueue({ janitorMs: 100 });
  const busy = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 1_000 });
  const models = scriptModels({ classify: reply('simple'), answer: busy });
  const runtime = { ...models, now: () => Date.now() + skew, random: Math.random };
  const skewed = await startConsumer(graph, runtime, { ...queue.options, report: () => {} });
  const id = await queue.begin();
  await until(async () => (await queue.run(id)).stages.answer?.status === 'retrying');
  await skewed.close();
  await queue.startWorker({ answer: writes });
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});
