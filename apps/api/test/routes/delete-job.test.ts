import { cancelJob, deleteJob, postJob } from '@codegen/testing/api/requests';
import { expectProblem, startService, until } from '@codegen/testing/api/service';
import { hangs, lost, type Replies, reply } from '@codegen/testing/models/replies';
import { storedKeys, tracesOf } from '@codegen/testing/redis/stored-keys';
import { expect, test } from 'vitest';

const simple = { classify: reply('simple') };

test.concurrent('returns 409 for a running job', async () => {
  await using service = await startService({ replies: { ...simple, answer: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('answer');
  const reply = await deleteJob(service, path);
  expectProblem(reply, 'job-not-finished', 409);
  expect(reply.json.detail).toContain(`POST ${path}/cancel`);
  expect((await service.get(path)).json.status).toBe('running');
});

test.concurrent('returns 409 for a queued job', async () => {
  await using service = await startService({ worker: false });
  const path = await service.begin();
  expectProblem(await deleteJob(service, path), 'job-not-finished', 409);
});

test.concurrent('returns 404 for an unknown job', async () => {
  await using service = await startService({ worker: false });
  expectProblem(await deleteJob(service, '/jobs/00000000-0000-4000-8000-000000000000'), 'unknown-job', 404);
  expectProblem(await deleteJob(service, '/jobs/nonsense'), 'malformed-job-id', 400);
});

const LOGS_OF_SIMPLE = ['classifier_responses.txt', 'instructTuned_responses.txt'];

test.concurrent.each<[string, Replies, string[]]>([
  ['completed', simple, LOGS_OF_SIMPLE],
  [
    'was completed on the long way',
    {},
    [
      'classifier_responses.txt',
      'generator_direct_responses.txt',
      'instructTuned_enhance_direct_responses.txt',
      'interpreter_responses.txt',
      'generator_interpreted_responses.txt',
      'instructTuned_enhance_interpreted_responses.txt',
      'reviewer_compare_responses.txt',
      'reviewer_polish_responses.txt',
    ],
  ],
  ['failed', { ...simple, answer: lost }, LOGS_OF_SIMPLE],
  [
    'came to a question',
    { interpret: reply('{"unclear": "For whom?"}') },
    ['classifier_responses.txt', 'generator_direct_responses.txt', 'interpreter_responses.txt'],
  ],
])('deletes all data of a job that %s, and lists the stage logs that remain', async (_, replies, logs) => {
  await using service = await startService({ replies });
  const job = { query: 'SECRET request', metadata: { ticket: 'SECRET' } };
  const { headers } = await postJob(service, job, { 'Idempotency-Key': 'SECRET' });
  const path = headers.get('Location') ?? '';
  const { id } = await service.finished(path);
  expect((await tracesOf('SECRET', service.namespace)).length, 'looks where it is').toBeGreaterThan(0);

  const reply = await deleteJob(service, path);
  expect(reply.status).toBe(200);
  expect(reply.json).toMatchObject({ id, deleted: true });
  for (const log of logs) expect(reply.json.stageLogs).toContain(log);
  expectProblem(await service.get(path), 'unknown-job', 404);
  expectProblem(await service.get(`${path}/events`), 'unknown-job', 404);
  expectProblem(await cancelJob(service, path), 'unknown-job', 404);
  expectProblem(await deleteJob(service, path), 'unknown-job', 404);
  expect((await service.get('/jobs')).json).toEqual({ jobs: [], next: null });
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  // BullMQ may still be removing the root job.
  await until(async () => (await tracesOf(id, service.namespace)).length === 0);
  const names = [...(await storedKeys(service.namespace)).keys()];
  expect(
    names.filter((name) => !/^(?:stages|workers|samples|spent):|^cooldown(?:s|-causes)$/.test(name)),
  ).toEqual([]);
});

test.concurrent('deletes all data of a cancelled job, and its calls restore none', async () => {
  await using service = await startService({ replies: { 'generate.direct': hangs, interpret: hangs } });
  const path = await service.begin('SECRET request');
  await service.models.whenCalled('generate.direct');
  await service.models.whenCalled('interpret');
  expect((await cancelJob(service, path)).status).toBe(202);
  expect((await deleteJob(service, path)).status).toBe(200);
  // The aborted calls end after this, and their results are discarded.
  await until(async () => (await tracesOf(path.slice('/jobs/'.length), service.namespace)).length === 0);
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  expect(service.models.calls.map(({ ended }) => ended)).toEqual(['answered', 'aborted', 'aborted']);
  expectProblem(await service.get(path), 'unknown-job', 404);
});

test.concurrent('frees the idempotency key', async () => {
  await using service = await startService({ replies: simple });
  const key = { 'Idempotency-Key': 'one' };
  const first = await postJob(service, { query: 'x', wait: 30 }, key);
  expect((await deleteJob(service, `/jobs/${first.json.id}`)).status).toBe(200);
  const second = await postJob(service, { query: 'y', wait: 30 }, key);
  expect(second).toMatchObject({ status: 200, json: { status: 'completed', query: 'y' } });
  expect(second.headers.get('Idempotent-Replayed')).toBeNull();
});

test.concurrent('deletes once when called concurrently', async () => {
  await using service = await startService({ replies: simple });
  const { json } = await postJob(service, { query: 'x', wait: 30 });
  const replies = await Promise.all(Array.from({ length: 10 }, () => deleteJob(service, `/jobs/${json.id}`)));
  for (const { status } of replies) expect([200, 404]).toContain(status);
  expect(replies.map(({ status }) => status)).toContain(200);
});

test.concurrent('does not affect other jobs', async () => {
  await using service = await startService({ replies: simple });
  const [gone, kept] = await Promise.all(
    ['x', 'y'].map((query) => postJob(service, { query, wait: 30 }, { 'Idempotency-Key': query })),
  );
  await deleteJob(service, `/jobs/${gone?.json.id}`);
  expect((await service.get('/jobs')).json.jobs).toEqual([kept?.json]);
  expect((await postJob(service, { query: 'y' }, { 'Idempotency-Key': 'y' })).json).toEqual(kept?.json);
});

test.concurrent('lists no stage logs if workers write none', async () => {
  await using service = await startService({ replies: simple, settings: { STAGE_LOG: 'off' } });
  const { json } = await postJob(service, { query: 'x', wait: 30 });
  expect((await deleteJob(service, `/jobs/${json.id}`)).json).toEqual({
    id: json.id,
    deleted: true,
    stageLogs: [],
  });
});
