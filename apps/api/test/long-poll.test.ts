import { simpleResponse } from '@codegen/testing/case';
import { hangs, lost, type Reply as ModelReply, reply, writes } from '@codegen/testing/replies';
import { expect, inject, test } from 'vitest';
import { deleteJob } from './send.ts';
import { expectProblem, startService } from './service.ts';

const simple = { classify: reply('simple') };

/** A service whose model answers when it is let go. */
async function startHeld(settings = {}) {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const answer: ModelReply = (asked, moments) => promise.then(() => writes(asked, moments));
  return { service: await startService({ settings, replies: { ...simple, answer } }), release };
}

test.concurrent.each(['', '-1', '1.5', '1e3', 'soon', '10000', '5s', '%205'])(
  'a wait of %j is none',
  async (wait) => {
    await using service = await startService({ worker: false });
    const path = await service.begin();
    expectProblem(await service.get(`${path}?wait=${wait}`), 'invalid-parameter', 400);
  },
);

test.concurrent('nobody waits for a job that is not there', async () => {
  await using service = await startService({ worker: false });
  const path = '/jobs/00000000-0000-4000-8000-000000000000';
  expectProblem(await service.get(`${path}?wait=50`), 'unknown-job', 404);
});

test.concurrent('who asks without a wait is answered at once', async () => {
  const { service, release } = await startHeld();
  await using _service = service;
  const path = await service.begin();
  await service.models.whenCalled('answer');
  for (const query of ['', '?wait=0', '?other=5'])
    expect((await service.get(`${path}${query}`)).json.status).toBe('running');
  release();
});

test.concurrent('who waits is answered when the job has finished', async () => {
  const { service, release } = await startHeld();
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
  // Nor does anybody wait for what is over.
  expect((await service.get(`${path}?wait=3600`)).json.status).toBe('completed');
});

test.concurrent('who waits for a job that fails gets it too', async () => {
  await using service = await startService({ replies: { ...simple, answer: lost } });
  const { status, json } = await service.get(`${await service.begin()}?wait=50`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ status: 'failed', problem: { type: '/problems/models-failed' } });
});

test.concurrent.each([
  ['asked for', { SYNC_WAIT_SECONDS: 50 }, 1],
  ['allowed', { SYNC_WAIT_SECONDS: 1 }, 3_600],
])('when the time %s is up the job is shown as it is by then', async (_, settings, wait) => {
  const { service, release } = await startHeld(settings);
  await using _service = service;
  const path = await service.begin();
  const { status, headers, json } = await service.get(`${path}?wait=${wait}`);
  expect(status).toBe(200);
  expect(headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
  expect(json).toMatchObject({ status: 'running', route: 'simple', result: null });
  release();
  await service.finished(path);
  expect((await service.get(path)).json.result).toEqual(simpleResponse);
});

test.concurrent('a job that is begun while somebody waits is shown as begun', async () => {
  await using service = await startService({ worker: false, replies: { classify: hangs } });
  const path = await service.begin();
  const waiting = service.get(`${path}?wait=2`);
  await service.startWorker();
  await service.models.whenCalled('classify');
  expect((await waiting).json).toMatchObject({ status: 'running', stages: [{ status: 'running' }] });
});

test.concurrent('who waits when the API closes is shown the job as it is', async () => {
  const { service, release } = await startHeld();
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

test.concurrent('who waits at one API hears of what ends at another, and that it is gone', async () => {
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
