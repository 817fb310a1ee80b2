import { deleteJob } from '@codegen/testing/api/requests';
import { expectProblem, startService } from '@codegen/testing/api/service';
import { hangs, lost, type Reply as ModelReply, reply, writes } from '@codegen/testing/models/replies';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, inject, test } from 'vitest';

const simple = { classify: reply('simple') };

/** A service whose model answers only after `release`. */
async function startBlocked(settings = {}) {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const answer: ModelReply = (call, moments) => promise.then(() => writes(call, moments));
  return { service: await startService({ settings, replies: { ...simple, answer } }), release };
}

test.concurrent.each(['', '-1', '1.5', '1e3', 'soon', '10000', '5s', '%205'])(
  'rejects wait=%j',
  async (wait) => {
    await using service = await startService({ worker: false });
    const path = await service.begin();
    expectProblem(await service.get(`${path}?wait=${wait}`), 'invalid-parameter', 400);
  },
);

test.concurrent('returns 404 for an unknown job at once', async () => {
  await using service = await startService({ worker: false });
  const path = '/jobs/00000000-0000-4000-8000-000000000000';
  expectProblem(await service.get(`${path}?wait=50`), 'unknown-job', 404);
});

test.concurrent('returns at once without a wait', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const path = await service.begin();
  await service.models.whenCalled('answer');
  for (const query of ['', '?wait=0', '?other=5'])
    expect((await service.get(`${path}${query}`)).json.status).toBe('running');
  release();
});

test.concurrent('returns when the job has finished', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const path = await service.begin();
  const readers = inject('redisKind') === 'embedded' ? 5 : 50;
  const waiting = Array.from({ length: readers }, () => service.get(`${path}?wait=50`));
  await service.models.whenCalled('answer');
  release();
  for (const { status, headers, json } of await Promise.all(waiting)) {
    expect(status).toBe(200);
    expect(headers.get('Retry-After')).toBeNull();
    expect(json).toMatchObject({ status: 'completed', result: simpleResponse });
  }
  // A finished job is returned at once.
  expect((await service.get(`${path}?wait=3600`)).json.status).toBe('completed');
});

test.concurrent('returns when the job has failed', async () => {
  await using service = await startService({ replies: { ...simple, answer: lost } });
  const { status, json } = await service.get(`${await service.begin()}?wait=50`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'failed', problem: { type: '/problems/models-failed' } });
});

test.concurrent.each([
  ['asked for', { SYNC_WAIT_SECONDS: 50 }, 1],
  ['allowed', { SYNC_WAIT_SECONDS: 1 }, 3_600],
])('returns the unfinished job after the time %s', async (_, settings, wait) => {
  const { service, release } = await startBlocked(settings);
  await using _service = service;
  const path = await service.begin();
  await service.models.whenCalled('answer');
  const { status, headers, json } = await service.get(`${path}?wait=${wait}`);
  expect(status).toBe(200);
  expect(headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(json).toMatchObject({ status: 'running', route: 'simple', result: null });
  release();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
});

test.concurrent('returns the status after the wait, not before', async () => {
  await using service = await startService({ worker: false, replies: { classify: hangs } });
  const path = await service.begin();
  const waiting = service.get(`${path}?wait=5`);
  await service.startWorker();
  await service.models.whenCalled('classify');
  expect((await waiting).json).toMatchObject({ status: 'running', stages: [{ status: 'running' }] });
});

test.concurrent('returns the unfinished job when the API shuts down', async () => {
  const { service, release } = await startBlocked();
  await using _service = service;
  const path = await service.begin();
  const waiting = service.get(`${path}?wait=50`);
  await service.models.whenCalled('answer');
  await service.close();
  const { status, json } = await waiting;
  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'running', route: 'simple' });
  release();
  expect((await service.finished(path)).outcome).toMatchObject({ status: 'completed' });
});

test.concurrent('returns when another API process ends or deletes the job', async () => {
  await using service = await startService({ replies: { classify: hangs } });
  await using other = await startService({ worker: false, settings: { QUEUE_NAMESPACE: service.namespace } });
  const path = await service.begin();
  const waiting = other.get(`${path}?wait=50`);
  await service.models.whenCalled('classify');
  await service.runs.cancel(path.slice('/jobs/'.length));
  expect((await waiting).json.status).toBe('cancelled');
  await deleteJob(other, path);
  expectProblem(await service.get(`${path}?wait=50`), 'unknown-job', 404);
});
