import { waitForClients } from '@codegen/testing/api/client-connection';
import { allFrames } from '@codegen/testing/api/event-frames';
import { cancelJob, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, startService, until } from '@codegen/testing/api/service';
import { fails, hangs, lost, reply } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { COMPLEX, complexBut } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const simple = { classify: reply('simple') };

/** BullMQ removes each finished job. */
const keepFinishedJobs = { count: 0 };

/** Keys of a run's jobs in the queue. */
const jobsOf = async (id: string, namespace: string) =>
  [...(await storedKeys(namespace)).keys()].filter((name) => name.startsWith(`stages:${id}`));

test.concurrent('returns 404 for an unknown job', async () => {
  await using service = await startService({ worker: false });
  const path = '/jobs/00000000-0000-4000-8000-000000000000';
  expectProblem(await cancelJob(service, path), 'unknown-job', 404);
  expectProblem(await cancelJob(service, '/jobs/nonsense'), 'malformed-job-id', 400);
  expect((await service.get('/jobs')).json.jobs).toEqual([]);
});

test.concurrent('never starts a queued job', async () => {
  await using service = await startService({ worker: false, replies: simple, keepFinishedJobs });
  const path = await service.begin('cancelled');
  const other = await service.begin('other');
  const reply = await cancelJob(service, path);
  expect(reply.status).toBe(202);
  expect(reply.json).toMatchObject({ status: 'cancelled', cost: null, result: null, problem: null });
  await service.startWorker();
  await service.finished(other);
  await until(async () => (await jobsOf(reply.json.id, service.namespace)).length === 0);
  expect(service.models.calls.map(({ run }) => `/jobs/${run}`)).toEqual([other, other]);
  expect((await service.get(path)).json).toEqual(reply.json);
});

test.concurrent('aborts the model calls of a running job and makes no further ones', async () => {
  await using service = await startService({
    replies: { 'generate.direct': hangs, interpret: hangs },
    keepFinishedJobs,
  });
  const path = await service.begin();
  await service.models.whenCalled('generate.direct');
  await service.models.whenCalled('interpret');
  // The body is ignored.
  const { status, headers, json } = await send(service, 'POST', `${path}/cancel`, '{"reason": "enough"}');
  expect(status).toBe(202);
  expect(headers.get('Retry-After')).toBeNull();
  expect(json).toMatchObject({ status: 'cancelled', finishedAt: expect.any(String), result: null });
  await until(async () => (await jobsOf(json.id, service.namespace)).length === 0);
  expect(service.models.calls.map(({ stage, ended }) => [stage, ended]).sort()).toEqual([
    ['classify', 'answered'],
    ['generate.direct', 'aborted'],
    ['interpret', 'aborted'],
  ]);
  const after = (await service.get(path)).json;
  const statuses = after.stages.map(({ name, status }: Record<string, string>) => [name, status]);
  expect(statuses).toHaveLength(COMPLEX.length);
  expect(Object.fromEntries(statuses)).toEqual({
    classify: 'completed',
    'generate.direct': 'cancelled',
    interpret: 'cancelled',
    ...Object.fromEntries(
      complexBut('classify', 'generate.direct', 'interpret').map((stage) => [stage, 'not-started']),
    ),
  });
  expect(after.cost).toBe(0.01);
});

test.concurrent('shows the stages of the cancelled job', async () => {
  await using service = await startService({ replies: { interpret: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('interpret');
  const { json } = await cancelJob(service, path);
  expect(json).toMatchObject({ status: 'cancelled', result: null, problem: null, degraded: [] });
  const stages = json.stages.map(({ name, status }: Record<string, string>) => [name, status]);
  expect(Object.fromEntries(stages)).toMatchObject({ classify: 'completed', interpret: 'cancelled' });
  expect(stages.filter(([, status]: string[]) => status === 'waiting')).toEqual([]);
});

test.concurrent('does not retry a stage', async () => {
  const busy = fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 1_000 });
  await using service = await startService({
    replies: { ...simple, answer: [busy, hangs] },
    keepFinishedJobs,
  });
  const path = await service.begin();
  const isPutOff = ({ stages }: { stages: { status: string }[] }) => stages.at(-1)?.status === 'retrying';
  const { id } = await service.job(path, isPutOff);
  expect((await cancelJob(service, path)).json).toMatchObject({ status: 'cancelled' });
  await until(async () => (await jobsOf(id, service.namespace)).length === 0);
  expect(service.models.calls.map(({ stage }) => stage)).toEqual(['classify', 'answer']);
});

test.concurrent('answers every waiting request at once', async () => {
  await using service = await startService({ replies: { classify: hangs } });
  const path = await service.begin('hello');
  await service.models.whenCalled('classify');
  const waiting = {
    generate: service.get('/generate?query=hello'),
    post: postJob(service, { query: 'hello' }, { Prefer: 'wait=50', 'Idempotency-Key': 'k' }),
    poll: service.get(`${path}?wait=50`),
    events: allFrames(`${service.url}${path}/events`),
  };
  const posted = async () =>
    (await service.get('/jobs?idempotencyKey=k')).json.jobs.find(
      ({ status }: { status: string }) => status === 'running',
    );
  await until(async () => (await posted()) !== undefined);
  await waitForClients(service, path, 3);
  await cancelJob(service, `/jobs/${(await posted()).id}`);
  const { status, json: job } = await waiting.post;
  expect({ status, job }).toMatchObject({ status: 200, job: { status: 'cancelled', problem: null } });

  await cancelJob(service, path);
  const problem = await waiting.generate;
  expectProblem(problem, 'job-cancelled', 409);
  expect(problem.headers.get('X-Job-Coalesced')).toBe('true');
  expect(problem.headers.get('X-Job-Id')).toBe(path.slice('/jobs/'.length));
  const polled = await waiting.poll;
  expect(polled.status).toBe(200);
  expect(polled.json.status).toBe('cancelled');
  const last = (await waiting.events).at(-1);
  expect(last).toMatchObject({ type: 'job.finished', data: { status: 'cancelled' } });
});

test.concurrent('cancels once when called concurrently or again', async () => {
  await using service = await startService({ replies: { classify: hangs } });
  const path = await service.begin();
  await service.models.whenCalled('classify');
  const replies = await Promise.all(Array.from({ length: 10 }, () => cancelJob(service, path)));
  expect(replies.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 202]);
  await until(async () => service.models.calls[0]?.ended === 'aborted');
  const { json } = await service.get(path);
  const again = await cancelJob(service, path);
  expect({ status: again.status, json: again.json }).toEqual({ status: 200, json });
});

test.concurrent.each([
  ['completed', {}],
  ['failed', { ...simple, answer: lost }],
])('returns a job that has %s unchanged', async (status, replies) => {
  await using service = await startService({ replies });
  const path = await service.begin();
  await service.finished(path);
  const { json } = await service.get(path);
  const reply = await cancelJob(service, path);
  expect(reply.status).toBe(200);
  expect(reply.json).toEqual(json);
  expect(json.status).toBe(status);
  expect((await service.get(path)).json).toEqual(json);
});

test.concurrent('does not affect other jobs', async () => {
  await using service = await startService({ replies: {} });
  const paths = await Promise.all(['a', 'b', 'c'].map((query) => service.begin(query)));
  await cancelJob(service, paths[1] ?? '');
  for (const path of [paths[0], paths[2]]) {
    const run = await service.finished(path ?? '');
    expect(run.outcome).toMatchObject({ status: 'completed', degraded: [] });
    const calls = service.models.calls.filter((call) => call.run === run.id);
    expect(calls.map(({ stage }) => stage).sort()).toEqual([...COMPLEX].sort());
  }
});
