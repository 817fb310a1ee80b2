import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import {
  expectAcceptedHeaders,
  expectProblem,
  type Service,
  startService,
} from '@codegen/testing/api/service';
import { prefers, reply } from '@codegen/testing/models/replies';
import { COMPLEX, complexAfter } from '@codegen/testing/runs/case';
import { afterAll, beforeAll, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({
    replies: { compare: prefers('enhance.direct') },
    settings: { ALLOWED_MODELS: ['other/reviewer'] },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

/** The stages that run again from `compare`. Each makes a call of 0.01 dollars and 10 prompt tokens. */
const FROM_COMPARE = ['compare', ...complexAfter('compare')].sort();

const rerun = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  send(service, 'POST', `${path}/rerun`, JSON.stringify(body), { ...JSON_TYPE, ...headers });
const ended = (path: string) => service.job(path, ({ status }) => status === 'completed');
const calledSince = (count: number) =>
  service.models.calls
    .slice(count)
    .map(({ stage }) => stage)
    .sort();

test('a job runs again from a stage, and earlier stages are neither called nor paid', async () => {
  const path = await service.begin('complex work');
  const first = await ended(path);
  const before = service.models.calls.length;
  const reply = await rerun(path, { from: 'compare', models: { reviewer: ['other/reviewer'] } });
  const again = await ended(expectAcceptedHeaders(reply));
  expect(calledSince(before)).toEqual(FROM_COMPARE);
  expect(again.id).not.toBe(first.id);
  expect(again).toMatchObject({
    query: 'complex work',
    rerun: { of: first.id, from: 'compare' },
    choice: { stage: 'enhance.direct' },
    models: { reviewer: ['other/reviewer'] },
    cost: 0.01 * FROM_COMPARE.length,
    tokens: { prompt: 10 * FROM_COMPARE.length },
  });
  const reused = again.stages.filter((stage: { reused: boolean }) => stage.reused);
  expect(reused).toHaveLength(COMPLEX.length - FROM_COMPARE.length);
  for (const stage of reused) expect(stage).toMatchObject({ status: 'completed', cost: null, calls: [] });
  expect(again.result.steps.directCode).toBe(first.result.steps.directCode);
  expect(first.choice).toEqual({
    stage: 'enhance.direct',
    reason: 'better',
    candidates: expect.arrayContaining(['enhance.direct', 'enhance.interpreted']),
  });
  expect(first.rerun).toBeNull();
});

test('a job runs again from its first stage as a whole', async () => {
  const path = await service.begin('complex work');
  await ended(path);
  const before = service.models.calls.length;
  const again = await ended(expectAcceptedHeaders(await rerun(path, { from: 'classify' })));
  expect(calledSince(before)).toEqual(COMPLEX.toSorted());
  expect(again.stages.some((stage: { reused: boolean }) => stage.reused)).toBe(false);
});

test('a repeated request with the same key starts one job', async () => {
  const path = await service.begin('complex work');
  await ended(path);
  const key = { 'Idempotency-Key': 'again' };
  const first = await rerun(path, { from: 'polish' }, key);
  const second = await rerun(path, { from: 'polish' }, key);
  expect(second.json.id).toBe(first.json.id);
  expectProblem(await rerun(path, { from: 'compare' }, key), 'idempotency-key-reused', 422);
});

test.each([
  [{ from: 'answer' }, 'invalid-job-request', 422],
  [{ from: 'nothing' }, 'invalid-job-request', 422],
  [{}, 'invalid-job-request', 422],
  [{ from: 'compare', query: 'x' }, 'invalid-job-request', 422],
  [{ from: 'compare', models: { reviewer: ['not/allowed'] } }, 'model-not-allowed', 422],
])('%j is refused', async (body, type, status) => {
  const path = await service.begin('complex work');
  await ended(path);
  expectProblem(await rerun(path, body), type, status);
});

test('a job that runs is refused', async () => {
  await using idle = await startService({ worker: false });
  const { json } = await postJob(idle, { query: 'hello' });
  const reply = await send(idle, 'POST', `/jobs/${json.id}/rerun`, '{"from":"classify"}', JSON_TYPE);
  expectProblem(reply, 'job-not-finished', 409);
});

test('a follow-up stays in its thread', async () => {
  const first = await ended(await service.begin('complex work'));
  const { json } = await postJob(service, { query: 'Now with tests', previousJobId: first.id });
  await ended(`/jobs/${json.id}`);
  const again = await ended(expectAcceptedHeaders(await rerun(`/jobs/${json.id}`, { from: 'classify' })));
  expect(again).toMatchObject({ threadId: first.id, previousJobId: first.id, query: 'Now with tests' });
});

test('a failed job runs again from the stage that failed it', async () => {
  await using failing = await startService({
    replies: { classify: reply('simple'), answer: [reply('no code'), reply('no code'), reply('no code')] },
  });
  const path = await failing.begin();
  const { problem } = await failing.job(path, ({ status }) => status === 'failed');
  const answer = await send(
    failing,
    'POST',
    `${path}/rerun`,
    JSON.stringify({ from: problem.stage }),
    JSON_TYPE,
  );
  const { stages } = await failing.job(expectAcceptedHeaders(answer), ({ status }) => status === 'failed');
  expect(stages[0]).toMatchObject({ name: 'classify', reused: true, attempts: 0 });
});
