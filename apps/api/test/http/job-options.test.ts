import { fromQuery } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, type Service, startService } from '@codegen/testing/api/service';
import { atCost, reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ALLOWED_MODELS = ['big/coder', 'small/coder', 'judge'];
const idOf = ({ headers }: Reply) => headers.get('X-Job-Id');

describe('invalid job options', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ worker: false, settings: { ALLOWED_MODELS } });
  });
  afterAll(async () => {
    expect((await service.get('/jobs')).json.jobs).toEqual([]);
    await service[Symbol.asyncDispose]();
  });

  const each = (field: string, ...values: readonly unknown[]) =>
    values.map((value): [string, unknown] => [field, value]);

  test.each([
    ...each('deadlineSeconds', 0, -1, 1.5, 43_201, '60', true, null, [60], 2 ** 60),
    ...each('maxCostUsd', 0, -1, 1_001, '0.5', null, [1]),
    ...each('route', '', 'Simple', 'ambiguous', 'text', null, ['simple']),
    ...each('effort', '', 'Fast', 'high', null, ['fast']),
    ...each('models', null, [], 'judge', { reviewer: 'judge' }, { reviewer: null }),
    ...each(
      'models',
      { reviewer: [] },
      { reviewer: [''] },
      { reviewer: [1] },
      { reviewer: ['judge', 'judge'] },
    ),
    ...each('models', { reviewer: Array(9).fill('judge') }, { reviewer: ['x'.repeat(201)] }),
    ...each(
      'models',
      { polish: ['judge'] },
      { Reviewer: ['judge'] },
      { constructor: ['judge'] },
      { '': ['judge'] },
    ),
  ])('are rejected in a job request: %s is %j', async (field, value) => {
    const reply = await postJob(service, { query: 'x', [field]: value });
    expectProblem(reply, 'invalid-job-request', 422);
    expect(reply.json.detail).toContain(field);
  });

  test.each([
    '{"query": "x", "models": {"__proto__": ["judge"]}}',
    '{"query": "x", "maxCostUsd": 1e999}',
    '{"query": "x", "maxCostUsd": NaN}',
  ])('are rejected in the JSON %s', async (body) => {
    const { status } = await send(service, 'POST', '/jobs', body, JSON_TYPE);
    expect([400, 422]).toContain(status);
  });

  test.each([
    ...['', '0', '-1', '1.5', '43201', '1e3', '+5', ' 5', 'soon'].map((text) => ['deadlineSeconds', text]),
    ...['', '0', '0.0', '-1', '1001', '.5', '1.', '1e3', '1e-', '0,5', '$1'].map((text) => [
      'maxCostUsd',
      text,
    ]),
    ...['', 'Simple', 'ambiguous', 'text'].map((text) => ['route', text]),
    ...['', 'Fast', 'high'].map((text) => ['effort', text]),
  ])('are rejected in a query string: %s=%s', async (name, text) => {
    const reply = await service.get(`/generate?query=x&${name}=${encodeURIComponent(text ?? '')}`);
    expectProblem(reply, 'invalid-parameter', 400);
    expect(reply.json.detail).toContain(name);
  });

  test.each(['deadlineSeconds=5', 'maxCostUsd=1'])('are rejected if repeated: %s', async (text) => {
    expectProblem(await service.get(`/generate?query=x&${text}&${text}`), 'invalid-parameter', 400);
  });

  test('include models that are not allowed; the problem lists the allowed ones', async () => {
    for (const ids of [['big/coder', 'other/coder'], ['Judge'], ['__proto__']]) {
      const reply = await postJob(service, { query: 'x', models: { reviewer: ids } });
      expectProblem(reply, 'model-not-allowed', 422);
      expect(reply.json.detail).toContain(`models.reviewer names "${ids.at(-1)}"`);
      expect(reply.json.detail).toContain('Allowed are big/coder, small/coder, judge.');
    }
  });

  test('include any model if the service allows none', async () => {
    await using strict = await startService({ worker: false });
    const reply = await postJob(strict, { query: 'x', models: { reviewer: ['judge'] } });
    expectProblem(reply, 'model-not-allowed', 422);
    expect(reply.json.detail).toContain('leave models out');
    expect((await strict.get('/jobs')).json.jobs).toEqual([]);
  });
});

describe('job options', () => {
  test.concurrent('appear in the job', async () => {
    await using service = await startService({ worker: false, settings: { ALLOWED_MODELS } });
    const models = { generator: ['big/coder', 'small/coder'], reviewer: ['judge'] };
    const options = { deadlineSeconds: 90, maxCostUsd: 0.05, effort: 'thorough', models };
    const { status, json } = await postJob(service, { query: 'x', ...options });
    expect(status).toBe(202);
    expect(json).toMatchObject({ maxCostUsd: 0.05, effort: 'thorough', models });
    expect(Date.parse(json.deadlineAt) - Date.parse(json.createdAt)).toBe(90_000);
    expect((await service.get(`/jobs/${json.id}`)).json).toEqual(json);
  });

  test.concurrent('are accepted by GET /generate', async () => {
    await using service = await startService({ worker: false });
    const path = '/generate?query=x&deadlineSeconds=43200&maxCostUsd=1e-6&effort=fast';
    const reply = await service.get(path, { Prefer: 'respond-async' });
    const { json } = await service.get(`/jobs/${idOf(reply)}`);
    expect(json).toMatchObject({ maxCostUsd: 0.000001, effort: 'fast', models: {} });
    expect(Date.parse(json.deadlineAt) - Date.parse(json.createdAt)).toBe(43_200_000);
  });

  test.concurrent('include the route, which then needs no call to classify', async () => {
    await using service = await startService();
    const { json } = await postJob(service, { query: 'x', route: 'simple', wait: 30 });
    const get = await service.get('/generate?query=y&route=simple');
    expect(json).toMatchObject({ status: 'completed', route: 'simple' });
    expect(Object.keys(get.json.steps)).toEqual(['directCode']);
    expect(service.models.calls.map(({ stage }) => stage)).toEqual(['answer', 'answer']);

    const estimate = await send(
      service,
      'POST',
      '/jobs?validateOnly=true',
      '{"query": "x", "route": "complex"}',
      JSON_TYPE,
    );
    expect(Object.keys(estimate.json.estimate)).toEqual(['complex']);
  });

  test.concurrent('are null or empty by default', async () => {
    await using service = await startService({ worker: false });
    const { json } = await service.get(await service.begin());
    expect(json).toMatchObject({ deadlineAt: null, maxCostUsd: null, models: {} });
  });

  test.concurrent('take the effort of the service, unless the request names one', async () => {
    await using service = await startService({ worker: false, settings: { EFFORT: 'fast' } });
    const effortOf = async (request: object) =>
      (await postJob(service, { query: 'x', ...request })).json.effort;
    expect(await effortOf({})).toBe('fast');
    expect(await effortOf({ effort: 'balanced' })).toBe('balanced');
  });

  test.concurrent('are part of the request that an idempotency key identifies', async () => {
    await using service = await startService({ worker: false, settings: { ALLOWED_MODELS } });
    const key = { 'Idempotency-Key': 'one' };
    const models = { reviewer: ['judge'], generator: ['big/coder'] };
    const job = { query: 'x', maxCostUsd: 1, models };
    const first = await postJob(service, job, key);
    const turned = { maxCostUsd: 1, models: { generator: ['big/coder'], reviewer: ['judge'] }, query: 'x' };
    expect(idOf(await postJob(service, turned, key))).toBe(idOf(first));
    for (const other of [{ maxCostUsd: 2 }, { deadlineSeconds: 5 }, { models: {} }])
      expectProblem(await postJob(service, { ...job, ...other }, key), 'idempotency-key-reused', 422);

    const async = { Prefer: 'respond-async' };
    const plain = await service.get('/generate?query=x', async);
    const limited = await service.get('/generate?query=x&maxCostUsd=1', async);
    const again = await service.get('/generate?maxCostUsd=1.0&query=x', async);
    expect(idOf(limited)).not.toBe(idOf(plain));
    expect(idOf(again)).toBe(idOf(limited));
  });
});

describe('exhausted options', () => {
  /** A finished job with these options. */
  async function ended(options: RequestedOptions) {
    await using service = await startService({ replies: { classify: atCost(1, reply('simple')) } });
    const { id } = await service.runs.submit(fromQuery('x'), { caller: 'anonymous', options });
    await service.finished(`/jobs/${id}`);
    return (await service.get(`/jobs/${id}`)).json;
  }

  test.each([
    [{ deadlineSeconds: 0.1 }, 'classify', 'deadline', { type: '/problems/deadline-exceeded', status: 504 }],
    [{ maxCostUsd: 1 }, 'answer', 'budget', { type: '/problems/budget-exhausted', status: 402 }],
  ])('fail a job with their own problem: %j', async (options, stage, code, problem) => {
    expect(await ended(options)).toMatchObject({
      status: 'failed',
      result: null,
      degraded: [],
      problem: { ...problem, stage, code, detail: expect.stringMatching(/of the job .+\. Allow /) },
    });
  });
});
