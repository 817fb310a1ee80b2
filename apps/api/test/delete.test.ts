import { hangs, lost, type Replies, reply } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { keptIn, tracesOf } from './kept.ts';
import { cancelJob, deleteJob, postJob } from './send.ts';
import { expectProblem, startService, until } from './service.ts';

const simple = { classify: reply('simple') };

test.concurrent('a job that has not finished is not removed', async () => {
  await using service = await startService({ replies: { ...simple, answer: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('answer');
  const reply = await deleteJob(service, path);
  expectProblem(reply, 'job-not-finished', 409);
  expect(reply.json.detail).toContain(`POST ${path}/cancel`);
  expect((await service.get(path)).json.status).toBe('running');
});

test.concurrent('a job that waits is not removed', async () => {
  await using service = await startService({ worker: false });
  const path = await service.begin();
  expectProblem(await deleteJob(service, path), 'job-not-finished', 409);
});

test.concurrent('a job that is not there cannot be removed', async () => {
  await using service = await startService({ worker: false });
  expectProblem(await deleteJob(service, '/jobs/00000000-0000-4000-8000-000000000000'), 'unknown-job', 404);
  expectProblem(await deleteJob(service, '/jobs/nonsense'), 'malformed-job-id', 400);
});

test.concurrent.each<[string, Replies]>([
  ['completed', simple],
  ['was completed on the long way', {}],
  ['failed', { ...simple, answer: lost }],
  ['came to a question', { interpret: reply('{"unclear": "For whom?"}') }],
])('of a removed job that %s nothing is left', async (_, replies) => {
  await using service = await startService({ replies });
  const job = { query: 'SECRET request', metadata: { ticket: 'SECRET' } };
  const { headers } = await postJob(service, job, { 'Idempotency-Key': 'SECRET' });
  const path = headers.get('Location') ?? '';
  const { id } = await service.finished(path);
  expect((await tracesOf('SECRET', service.namespace)).length, 'looks where it is').toBeGreaterThan(0);

  const reply = await deleteJob(service, path);
  expect(reply.status).toBe(204);
  expect(reply.body).toBe('');
  expectProblem(await service.get(path), 'unknown-job', 404);
  expectProblem(await service.get(`${path}/events`), 'unknown-job', 404);
  expectProblem(await cancelJob(service, path), 'unknown-job', 404);
  expectProblem(await deleteJob(service, path), 'unknown-job', 404);
  expect((await service.get('/jobs')).json).toEqual({ jobs: [], next: null });
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  // The job that held its stages together may still be on its way out of the queue.
  await until(async () => (await tracesOf(id, service.namespace)).length === 0);
  const names = [...(await keptIn(service.namespace)).keys()];
  expect(names.filter((name) => !/^(?:stages|workers|history):|^cooldowns$/.test(name))).toEqual([]);
});

test.concurrent('of a job that was cancelled and removed nothing is left, and nothing comes back', async () => {
  await using service = await startService({ replies: { 'generate.direct': hangs, interpret: hangs } });
  const path = await service.begin('SECRET request');
  await service.models.whenCalled('generate.direct');
  await service.models.whenCalled('interpret');
  expect((await cancelJob(service, path)).status).toBe(202);
  expect((await deleteJob(service, path)).status).toBe(204);
  // The aborted calls end after this, and what they came to is written nowhere.
  await until(async () => (await tracesOf(path.slice('/jobs/'.length), service.namespace)).length === 0);
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  expect(service.models.calls.map(({ ended }) => ended)).toEqual(['answered', 'aborted', 'aborted']);
  expectProblem(await service.get(path), 'unknown-job', 404);
});

test.concurrent('the idempotency key of a removed job is free again', async () => {
  await using service = await startService({ replies: simple });
  const key = { 'Idempotency-Key': 'one' };
  const first = await postJob(service, { query: 'x', wait: 30 }, key);
  expect((await deleteJob(service, `/jobs/${first.json.id}`)).status).toBe(204);
  const second = await postJob(service, { query: 'y', wait: 30 }, key);
  expect(second).toMatchObject({ status: 200, json: { status: 'completed', query: 'y' } });
  expect(second.headers.get('Idempotent-Replayed')).toBeNull();
});

test.concurrent('a job that two remove at the same time is gone for both', async () => {
  await using service = await startService({ replies: simple });
  const { json } = await postJob(service, { query: 'x', wait: 30 });
  const replies = await Promise.all(Array.from({ length: 10 }, () => deleteJob(service, `/jobs/${json.id}`)));
  for (const { status } of replies) expect([204, 404]).toContain(status);
  expect(replies.map(({ status }) => status)).toContain(204);
});

test.concurrent('other jobs stay', async () => {
  await using service = await startService({ replies: simple });
  const [gone, kept] = await Promise.all(
    ['x', 'y'].map((query) => postJob(service, { query, wait: 30 }, { 'Idempotency-Key': query })),
  );
  await deleteJob(service, `/jobs/${gone?.json.id}`);
  expect((await service.get('/jobs')).json.jobs).toEqual([kept?.json]);
  expect((await postJob(service, { query: 'y' }, { 'Idempotency-Key': 'y' })).json).toEqual(kept?.json);
});
