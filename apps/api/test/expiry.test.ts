import { cancelJob, postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { hangs, lost, type Replies, reply } from '@codegen/testing/models/replies';
import { storedKeys, tracesOf } from '@codegen/testing/redis/stored-keys';
import { startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { expect, test } from 'vitest';

const simple = { classify: reply('simple') };
const key = { 'Idempotency-Key': 'SECRET' };

const JOB_RETENTION = 2;

/** Jobs expire 2 s after they have finished. */
const startForgetful = (replies: Replies = simple, worker = true) =>
  startService({ replies, worker, settings: { JOB_RETENTION }, maintenanceMs: 100 });

const namesIn = async ({ namespace }: Service) => [...(await storedKeys(namespace)).keys()];
/** Keys that belong to a job. */
const ofJobs = (names: readonly string[]) =>
  names.filter((name) => !/^(?:stages|workers|spent):|^cooldown(?:s|-causes)$/.test(name));
const isGone = async (service: Service, path: string) => (await service.get(path)).status === 404;

test.concurrent.each<[string, Replies, string]>([
  ['completed', simple, 'completed'],
  ['completed on the long way', {}, 'completed'],
  ['failed', { ...simple, answer: lost }, 'failed'],
])('deletes all data of a job that has %s when it expires', async (_, replies, status) => {
  await using service = await startForgetful(replies);
  const job = { query: 'SECRET request', metadata: { a: 'SECRET' }, wait: 30 };
  const { json } = await postJob(service, job, key);
  expect(json.status).toBe(status);
  expect(Date.parse(json.expiresAt) - Date.parse(json.finishedAt)).toBe(JOB_RETENTION * 1_000);
  const path = `/jobs/${json.id}`;
  await until(async () => ofJobs(await namesIn(service)).length === 0);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(json.expiresAt));
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  await until(async () => (await tracesOf(json.id, service.namespace)).length === 0);
  expectProblem(await service.get(path), 'unknown-job', 404);
  expectProblem(await service.get(`${path}/events`), 'unknown-job', 404);
  expectProblem(await cancelJob(service, path), 'unknown-job', 404);
  expect((await service.get('/jobs')).json).toEqual({ jobs: [], next: null });
});

test.concurrent('deletes all data of a cancelled job whose calls end later', async () => {
  await using service = await startForgetful({ classify: hangs });
  const path = await service.begin('SECRET request');
  await service.models.whenCalled('classify');
  const { json } = await cancelJob(service, path);
  expect(Date.parse(json.expiresAt) - Date.parse(json.finishedAt)).toBe(JOB_RETENTION * 1_000);
  await until(async () => ofJobs(await namesIn(service)).length === 0);
  await until(async () => (await tracesOf(json.id, service.namespace)).length === 0);
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
});

test.concurrent('deletes all data of a job whose webhook was never delivered', async () => {
  const settings = { JOB_RETENTION, WEBHOOK_SECRETS: [Buffer.alloc(24)] };
  await using service = await startService({ replies: simple, settings, maintenanceMs: 100 });
  await using webhookWorker = await startScriptedWorker({ options: service.queue }, ['timed-out'], [600_000]);
  const { json } = await postJob(service, { query: 'x', webhook: 'https://hooks.example/SECRET', wait: 30 });
  await until(async () => webhookWorker.deliveries.length === 1);
  // Keys of the queue, not of a job.
  const isOwn = (name: string) => /^webhooks:(?:id|meta|events|stalled-check)$|^samples:/.test(name);
  await until(async () => ofJobs(await namesIn(service)).every(isOwn));
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  const left = async () =>
    (await tracesOf(json.id, service.namespace)).filter((name) => name !== 'webhooks:events');
  await until(async () => (await left()).length === 0);
});

test.concurrent('frees the idempotency key', async () => {
  await using service = await startForgetful();
  const first = await postJob(service, { query: 'x', wait: 30 }, key);
  await until(() => isGone(service, `/jobs/${first.json.id}`));
  const second = await postJob(service, { query: 'y', wait: 30 }, key);
  expect(second).toMatchObject({ status: 200, json: { status: 'completed', query: 'y' } });
});

test.concurrent('keeps a job that runs for longer than JOB_RETENTION', async () => {
  await using service = await startForgetful({ ...simple, answer: hangs }, false);
  const { json } = await postJob(service, { query: 'x' }, key);
  expect(json).toMatchObject({ status: 'queued', expiresAt: null });
  const path = `/jobs/${json.id}`;
  const other = await service.begin('y');
  await cancelJob(service, other);
  await until(() => isGone(service, other));
  expect((await service.get(path)).json.status).toBe('queued');
  await service.startWorker();
  await service.models.whenCalled('answer');
  const third = await service.begin('z');
  await cancelJob(service, third);
  await until(() => isGone(service, third));
  expect((await service.get(path)).json).toMatchObject({ status: 'running', expiresAt: null });
  const listed = (await service.get('/jobs')).json.jobs;
  expect(listed).toMatchObject([{ id: json.id }]);
  expect((await cancelJob(service, path)).json.status).toBe('cancelled');
});

test.concurrent('lists no expired job, and the next worker deletes its data', async () => {
  await using service = await startForgetful(simple, false);
  const path = await service.begin('SECRET request');
  await cancelJob(service, path);
  await until(() => isGone(service, path));
  expect((await service.get('/jobs')).json).toEqual({ jobs: [], next: null });
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  await service.startWorker();
  await until(async () => ofJobs(await namesIn(service)).length === 0);
});
