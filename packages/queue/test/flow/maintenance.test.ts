import { randomUUID } from 'node:crypto';
import { fromQuery, graph, hasEnded, type StageRuntime } from '@codegen/pipeline';
import { fails, hangs, reply, writes } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { complexAfter, complexResponse } from '@codegen/testing/runs/case';
import { UnrecoverableError, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { createFlows } from '../../src/flow/flow.ts';
import { createMaintenance } from '../../src/flow/maintenance.ts';
import { startStageWorker } from '../../src/index.ts';
import { RUN_FORMAT } from '../../src/redis/keys.ts';
import { ANONYMOUS_OPTIONS } from '../../src/runs/submission.ts';
import { jobsOf, openBullQueue } from '../bull-queue.ts';
import { openQueue, type Queue, until } from '../queue.ts';
import { recordOf } from '../record.ts';

const AN_HOUR_MS = 3_600_000;

/** A stage waits up to an hour for its only model. */
const PATIENT: Partial<StageRuntime> = {
  models: (role) => [role],
  policy: { tries: 3, baseDelayMs: 1, fallbackAfterMs: AN_HOUR_MS, longestWaitMs: AN_HOUR_MS },
};

const isConfirmed = (queue: Queue) => async () => !(await queue.names()).includes('unconfirmed');

/** Makes the check of a run due. */
const expireCheck = ({ redis, keys }: Queue, id: string) => redis.zadd(keys.unconfirmed, 'XX', 1, id);

/** Removes every job of a run. */
async function removeJobs(queue: Queue, id: string) {
  await using bull = openBullQueue(queue);
  expect(await bull.remove(id)).toBe(1);
  expect((await queue.names()).filter((name) => name.startsWith(`stages:${id}`))).toEqual([]);
}

describe('maintenance', () => {
  /** A run whose API died before it queued the run; its check is due. */
  async function createUnqueued(queue: Queue) {
    const store = queue.createStore();
    const run = { id: randomUUID(), conversation: fromQuery('hello'), seed: 1, createdAt: Date.now() };
    await store.create(run, ANONYMOUS_OPTIONS);
    await expireCheck(queue, run.id);
    return { id: run.id, store };
  }

  test('queues a run that was stored but never queued', async () => {
    await using queue = openQueue({ maintenanceMs: 50 });
    const { id } = await createUnqueued(queue);
    await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
    await until(isConfirmed(queue));
  });

  test.each([null, 'simple'] as const)(
    'queues a classified run (route: %s) that has no job, and no stage is repeated',
    async (route) => {
      await using queue = openQueue({ maintenanceMs: 50 });
      const { id, store } = await createUnqueued(queue);
      const classified = recordOf('classify', { kind: 'route', route: 'simple' });
      await store.commitStage(id, classified, { route });
      const { models } = await queue.startWorker();
      expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', route: 'simple' });
      expect(models.calls.map(({ stage }) => stage)).toEqual(['answer']);
    },
  );

  test('queues a run whose jobs are gone, and no ended stage is repeated', async () => {
    await using queue = openQueue();
    const first = await queue.startWorker({ 'generate.direct': hangs });
    const id = await queue.begin();
    await until(async () => hasEnded((await queue.run(id)).stages['enhance.interpreted']));
    await first.worker.close();
    await removeJobs(queue, id);
    await expireCheck(queue, id);
    const second = await queue.startWorker({}, { maintenanceMs: 50 });
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
    await using queue = openQueue({ maintenanceMs: 50 });
    const broken = await createUnqueued(queue);
    const { id } = await createUnqueued(queue);
    await queue.redis.hset(queue.keys.run(broken.id), 'conversation', '{');
    await queue.redis.zadd(queue.keys.unconfirmed, 'XX', 0, broken.id);
    await queue.startWorker();
    expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
  });

  test('ignores a run that its API removed', async () => {
    await using queue = openQueue({ maintenanceMs: 50 });
    const { id, store } = await createUnqueued(queue);
    await store.forget(id, ANONYMOUS_OPTIONS.caller, 'untouched');
    const { models } = await queue.startWorker();
    await until(isConfirmed(queue));
    expect(models.calls).toEqual([]);
  });

  test('does not check a run that has ended', async () => {
    await using queue = openQueue();
    const id = await queue.begin();
    expect(await isConfirmed(queue)()).toBe(false);
    const { models } = await queue.startWorker({ classify: reply('simple') });
    await queue.finished(id);
    expect(await isConfirmed(queue)()).toBe(true);
    expect(models.calls).toHaveLength(2);
  });

  test('does not change a run whose jobs exist, and checks it again later', async () => {
    await using queue = openQueue({ maintenanceMs: 50 });
    const { models } = await queue.startWorker({ classify: hangs });
    const id = await queue.begin();
    await models.whenCalled('classify');
    await expireCheck(queue, id);
    const scoreOf = async () => Number(await queue.redis.zscore(queue.keys.unconfirmed, id));
    await until(async () => (await scoreOf()) > Date.now());
    expect((await queue.run(id)).outcome).toBeNull();
    expect(models.calls).toHaveLength(1);
  });

  test.each(['failed', 'completed'] as const)(
    'fails a run whose root job has %s without an outcome',
    async (state) => {
      await using queue = openQueue();
      const id = await queue.begin();
      await finishRootJob(queue, id, state);
      expect((await queue.run(id)).outcome).toBeNull();
      await expireCheck(queue, id);
      const { models } = await queue.startWorker({}, { maintenanceMs: 50 });
      expect((await queue.finished(id)).outcome).toEqual({
        status: 'failed',
        stage: 'generate',
        code: 'internal',
        detail: 'the root job of the run failed',
        degraded: [],
      });
      expect(await isConfirmed(queue)()).toBe(true);
      expect(models.calls).toEqual([]);
    },
  );

  /** Takes the root job of a new run and ends it, like a worker with a fault. */
  async function finishRootJob(queue: Queue, id: string, state: 'failed' | 'completed') {
    await using bull = openBullQueue(queue);
    // The root job is released by the removal of its only child.
    expect(await bull.remove(`${id}.classify`)).toBe(1);
    const worker = new Worker('stages', null, { connection: queue.redis, prefix: queue.keys.prefix });
    const job = await worker.getNextJob('token');
    expect(job?.id).toBe(id);
    if (state === 'failed') await job?.moveToFailed(new UnrecoverableError('a fault'), 'token', false);
    else await job?.moveToCompleted({}, 'token', false);
    expect(await bull.getJobState(id)).toBe(state);
    await worker.close();
  }
});

test('delays and retries the job of an unknown stage', async () => {
  await using queue = openQueue();
  await using bull = openBullQueue(queue);
  const id = await queue.begin();
  const options = { jobId: `${id}.translate`, attempts: 1_000, backoff: { type: 'stage' } };
  const job = await bull.add('translate', { run: id }, options);
  await queue.startWorker({ classify: hangs });
  await until(async () => (await job.getState()) === 'delayed');
  await until(async () => ((await bull.getJob(`${id}.translate`))?.attemptsMade ?? 0) >= 2);
  await until(async () => (await job.getState()) === 'delayed');
  expect(new Set(queue.faults.map(({ message }) => message))).toEqual(
    new Set(['this worker does not know the stage "translate" and leaves it to other workers']),
  );
});

test('leaves runs of a newer API to newer workers, and says what to upgrade', async () => {
  await using queue = openQueue();
  const id = await queue.begin();
  await queue.redis.hset(queue.keys.run(id), 'format', RUN_FORMAT + 1);
  const { models } = await queue.startWorker();
  await using bull = openBullQueue(queue);
  await until(async () => ((await bull.getJob(`${id}.classify`))?.attemptsMade ?? 0) >= 1);
  expect(queue.faults.map(({ message }) => message).join()).toContain(
    `run ${id} has format ${RUN_FORMAT + 1} and this worker knows ${RUN_FORMAT}: upgrade the workers before the API`,
  );
  expect(models.calls).toEqual([]);
  // Stands for a newer worker.
  await queue.redis.hset(queue.keys.run(id), 'format', RUN_FORMAT);
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});

test.each([
  ['ahead', AN_HOUR_MS],
  ['behind', -AN_HOUR_MS],
])('other workers take a stage that was delayed by a clock an hour %s', async (_, skew) => {
  await using queue = openQueue({ maintenanceMs: 100 });
  const busy = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 1_000 });
  const models = scriptModels({ classify: reply('simple'), answer: busy });
  const runtime = { ...models, now: () => Date.now() + skew, random: Math.random };
  const skewed = await startStageWorker(graph, runtime, { ...queue.options, report: () => {} });
  const id = await queue.begin();
  await until(async () => (await queue.run(id)).stages.answer?.status === 'retrying');
  await skewed.close();
  await queue.startWorker({ answer: writes });
  expect((await queue.finished(id)).outcome).toMatchObject({ status: 'completed', degraded: [] });
});

/** The maintenance tasks of a worker, called directly. */
function openMaintenance(queue: Queue) {
  const { redis, keys } = queue;
  const store = queue.createStore();
  const flows = createFlows(graph, redis, keys.prefix, {});
  const queues = ['stages'];
  const maintenance = createMaintenance({ redis, keys, queues, store, flows, longestWaitMs: AN_HOUR_MS });
  return { ...maintenance, [Symbol.asyncDispose]: () => flows.close() };
}

test('does not queue a finished run whose check is due', async () => {
  await using queue = openQueue({ keepFinishedJobs: { count: 0 } });
  const { models } = await queue.startWorker({ classify: reply('simple') });
  const id = await queue.begin();
  await queue.finished(id);
  await until(async () => (await jobsOf(queue, 'active', 'waiting-children')).length === 0);
  // A scan may have listed the run just before it finished.
  await queue.redis.zadd(queue.keys.unconfirmed, 1, id);
  await using maintenance = openMaintenance(queue);
  await maintenance.checkOpenRuns();
  expect(await isConfirmed(queue)()).toBe(true);
  expect((await queue.names()).filter((name) => name.startsWith(`stages:${id}`))).toEqual([]);
  expect(models.calls).toHaveLength(2);
});

test('does not promote a stage that waits for its retry', async () => {
  await using queue = openQueue();
  const busy = fails({ intent: 'retry', code: 'overloaded', retryAfterMs: 50_000 });
  await queue.startWorker({ classify: reply('simple'), answer: busy }, {}, PATIENT);
  const id = await queue.begin();
  const isDelayed = async () => (await jobsOf(queue, 'delayed')).some(({ name }) => name === 'answer');
  await until(isDelayed);
  await using maintenance = openMaintenance(queue);
  await maintenance.promoteJobsDelayedTooLong();
  expect(await isDelayed()).toBe(true);
  expect((await queue.run(id)).stages.answer?.calls).toHaveLength(1);
});
