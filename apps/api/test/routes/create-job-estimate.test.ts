import { postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { storedKeys, tracesOf } from '@codegen/testing/redis/stored-keys';
import { COMPLEX } from '@codegen/testing/runs/case';
import { expect, test } from 'vitest';

const simple = { classify: reply('simple') };
const PATH = '/jobs?validateOnly=true';

const validate = (service: Service, job: unknown, headers: Record<string, string> = {}) =>
  send(service, 'POST', PATH, JSON.stringify(job), { 'Content-Type': 'application/json', ...headers });

const nothing = (note: string) => ({
  cost: null,
  durationMs: null,
  basedOn: { calls: 0, simulated: false },
  stages: {},
  note,
});

test.concurrent.each(['', 'yes', 'TRUE', '1', 'true&validateOnly=true'])(
  'rejects validateOnly=%s and starts no job',
  async (value) => {
    await using service = await startService({ worker: false });
    const body = JSON.stringify({ query: 'x' });
    const type = { 'Content-Type': 'application/json' };
    expectProblem(
      await send(service, 'POST', `/jobs?validateOnly=${value}`, body, type),
      'invalid-parameter',
      400,
    );
    expect((await service.get('/jobs')).json.jobs).toEqual([]);
  },
);

test.concurrent('rejects an invalid request like POST /jobs', async () => {
  await using service = await startService({ worker: false });
  for (const [job, type, headers] of [
    [{}, 'invalid-job-request', {}],
    [{ query: ' ' }, 'blank-query', {}],
    [{ query: 'x', more: 1 }, 'invalid-job-request', {}],
    [{ query: 'x'.repeat(8_001) }, 'conversation-too-long', {}],
    [{ query: 'x', deadlineSeconds: 0 }, 'invalid-job-request', {}],
    [{ query: 'x', models: { reviewer: ['judge'] } }, 'model-not-allowed', {}],
    [{ query: 'x' }, 'malformed-preference', { Prefer: 'wait=soon' }],
    [{ query: 'x' }, 'malformed-idempotency-key', { 'Idempotency-Key': 'a b' }],
    [{ query: 'x' }, 'invalid-parameter', { 'On-Disconnect': 'stop' }],
  ] as const) {
    expect((await validate(service, job, headers)).json).toMatchObject({ type: `/problems/${type}` });
  }
});

test.concurrent('has no figures before the first job, and starts none', async () => {
  await using service = await startService();
  const key = { 'Idempotency-Key': 'one', Prefer: 'wait=30' };
  const { status, headers, json } = await validate(service, { query: 'SECRET', wait: 30 }, key);
  expect(status).toBe(200);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(headers.get('X-Job-Id')).toBeNull();
  expect(json).toEqual({
    valid: true,
    estimate: {
      simple: nothing('No recent calls of classify, answer.'),
      ambiguous: nothing('No recent calls of classify, clarify.'),
      complex: nothing(`No recent calls of ${COMPLEX.join(', ')}.`),
      edit: nothing('No recent calls of classify, edit.'),
    },
  });
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  expect(service.models.calls).toEqual([]);
  // The key is still free.
  expect((await postJob(service, { query: 'y' }, { 'Idempotency-Key': 'one' })).status).toBe(202);
});

test.concurrent('estimates each route from recent calls, on any API process', async () => {
  await using service = await startService({ replies: simple });
  await using other = await startService({ worker: false, settings: { QUEUE_NAMESPACE: service.namespace } });
  for (const query of ['a', 'b', 'c']) await service.finished(await service.begin(query));
  const { json } = await validate(other, { query: 'x' });
  expect(json.estimate.simple).toMatchObject({
    cost: { low: 0.02, high: 0.02 },
    basedOn: { calls: 6, simulated: false },
    note: null,
  });
  const { low, high } = json.estimate.simple.durationMs;
  expect(low).toBeGreaterThanOrEqual(0);
  expect(high).toBeGreaterThanOrEqual(low);
  expect(json.estimate.complex).toMatchObject({ cost: null, durationMs: null, basedOn: { calls: 3 } });
  const neverCalled = COMPLEX.filter((stage) => stage !== 'classify');
  expect(json.estimate.complex.note).toBe(`No recent calls of ${neverCalled.join(', ')}.`);
});

test.concurrent('estimates the complex route from all its stages', async () => {
  await using service = await startService();
  await service.finished(await service.begin());
  const { json } = await validate(service, { query: 'x' });
  const cost = expect.closeTo(0.01 * COMPLEX.length, 10);
  expect(json.estimate.complex).toMatchObject({
    cost: { low: cost, high: cost },
    basedOn: { calls: COMPLEX.length },
  });
});

test.concurrent('has no figures for new models and no cost without prices', async () => {
  await using service = await startService({
    replies: { classify: reply('simple', { cost: null, simulated: true }) },
    settings: { ALLOWED_MODELS: ['instructTuned-1', 'new'] },
  });
  await service.finished(await service.begin());
  const { json } = await validate(service, { query: 'x', models: { instructTuned: ['new'] } });
  expect(json.estimate.simple).toMatchObject({ cost: null, note: 'No recent calls of answer.' });
  const known = await validate(service, { query: 'x', models: { instructTuned: ['instructTuned-1'] } });
  expect(known.json.estimate.simple).toMatchObject({
    cost: null,
    durationMs: { low: expect.any(Number) },
    basedOn: { calls: 2, simulated: true },
    note: 'The model server reports no cost.',
  });
});

test.concurrent('keeps statistics that name no job', async () => {
  await using service = await startService({ replies: simple });
  await service.finished(await service.begin('SECRET'));
  const samples = [...(await storedKeys(service.namespace))].filter(([name]) => name.startsWith('samples:'));
  expect(samples.map(([name]) => name).sort()).toEqual(['samples:answer', 'samples:classify']);
  for (const [, content] of samples) expect(content).not.toMatch(/SECRET|[\da-f]{8}-/);
});
