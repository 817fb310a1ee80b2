import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeys, digestOf, readKeyLimits } from '../../src/middleware/key-ring.ts';

const bearer = (key: string) => ({ Authorization: `Bearer ${key}`, ...JSON_TYPE });
const key = (caller: string, limits = '') => {
  const [parsed] = apiKeys.parse(`${caller}:${digestOf(caller).toString('hex')} ${limits}`);
  if (parsed === undefined) throw new Error('no key');
  return parsed;
};

// A call costs 0.01 dollars, and the simple route makes two.
const API_KEYS = [
  key('fast', 'requests-per-minute=2'),
  key('narrow', 'open-jobs=1'),
  key('daily', 'usd-per-day=0.015 usd-per-month=5'),
  key('monthly', 'usd-per-month=0.02'),
  { ...key('choosy'), limits: { models: ['maker/own'] } },
  key('free'),
];

let service: Service;
beforeAll(async () => {
  service = await startService({
    settings: { API_KEYS, ALLOWED_MODELS: ['maker/all'], RATE_LIMIT_PER_MINUTE: 1_000 },
    replies: { classify: reply('simple') },
  });
});
afterAll(() => service?.[Symbol.asyncDispose]());

const post = (caller: string, job: object = {}) =>
  postJob(service, { query: `Write ${Math.random()}`, wait: 50, ...job }, bearer(caller));
const usageOf = async (caller: string) => (await service.get('/usage', bearer(caller))).json;

const soon = (seconds: number) => (value: string) => {
  const inSeconds = (Date.parse(value) - Date.now()) / 1_000;
  return inSeconds > -5 && inSeconds <= seconds;
};

test('a key has requests per minute of its own, and the problem says until when', async () => {
  expect([(await post('fast')).status, (await post('fast')).status]).toEqual([200, 200]);
  const refused = await post('fast');
  expectProblem(refused, 'rate-limited', 429);
  expect(refused.json.limit).toEqual({
    name: 'requestsPerMinute',
    max: 2,
    resetsAt: expect.toSatisfy(soon(60)),
  });
  expect(await usageOf('fast')).toMatchObject({
    caller: 'fast',
    requestsPerMinute: { used: 3, max: 2, resetsAt: expect.toSatisfy(soon(60)) },
  });
  expect((await usageOf('free')).requestsPerMinute).toMatchObject({ used: 0, max: 1_000 });
});

test('a key has a number of open jobs of its own', async () => {
  await using full = await startService({ settings: { API_KEYS }, worker: false });
  const start = (caller: string) => postJob(full, { query: `Write ${Math.random()}` }, bearer(caller));
  expect([(await start('free')).status, (await start('free')).status]).toEqual([202, 202]);
  expect((await start('narrow')).status).toBe(202);
  const refused = await start('narrow');
  expectProblem(refused, 'too-many-jobs', 429);
  expect(refused.json.limit).toEqual({ name: 'openJobs', max: 1, resetsAt: null });
  const { json } = await full.get('/usage', bearer('narrow'));
  expect(json.openJobs).toEqual({ used: 1, max: 1, resetsAt: null });
});

test('a key may spend dollars a day: the last job gets what is left, and the next is refused until midnight', async () => {
  expect((await post('daily', { query: 'first' })).json.status).toBe('completed');
  expect((await usageOf('daily')).usdPerDay).toMatchObject({ used: 0.02, max: 0.015 });
  const refused = await post('daily');
  expectProblem(refused, 'spending-limit-reached', 402);
  expect(refused.json.limit).toMatchObject({ name: 'usdPerDay', max: 0.015 });
  expect(refused.json.limit.resetsAt).toMatch(/T00:00:00\.000Z$/);
  expect(refused.json.limit.resetsAt).toSatisfy(soon(86_400));
  expect(refused.json.detail).toContain(`${refused.json.limit.resetsAt.slice(0, 10)} 00:00 UTC`);
});

test('a repeated request gets its job although the dollars are spent', async () => {
  const job = { query: 'once' };
  const headers = { ...bearer('monthly'), 'Idempotency-Key': 'same' };
  const first = await postJob(service, { ...job, wait: 50 }, headers);
  expect(first.json.status).toBe('completed');
  const refused = await post('monthly');
  expectProblem(refused, 'spending-limit-reached', 402);
  expect(refused.json.limit).toMatchObject({ name: 'usdPerMonth', resetsAt: expect.stringMatching(/-01T/) });
  const again = await postJob(service, { ...job, wait: 50 }, headers);
  expect(again.json.id).toBe(first.json.id);
});

test('a key may choose models of its own', async () => {
  const models = (model: string) => ({ models: { generator: [model] } });
  expect((await post('choosy', models('maker/own'))).status).toBe(200);
  expectProblem(await post('choosy', models('maker/all')), 'model-not-allowed', 422);
  expect((await post('free', models('maker/all'))).status).toBe(200);
});

test('a job runs again only with models that its key may choose now', async () => {
  const options = { models: { generator: ['maker/old'] } };
  const { id } = await service.runs.submit([{ role: 'user', content: 'x' }], { caller: 'free', options });
  const path = `/jobs/${id}`;
  await service.finished(path);
  const rerun = (models?: object) =>
    send(service, 'POST', `${path}/rerun`, JSON.stringify({ from: 'classify', models }), bearer('free'));
  const refused = await rerun();
  expectProblem(refused, 'model-not-allowed', 422);
  expect(refused.json.detail).toContain('models.generator names "maker/old"');
  expect((await rerun({ generator: ['maker/all'] })).status).toBe(202);
});

test('MAX_JOB_COST_USD limits every job, whatever its own budget', async () => {
  await using limited = await startService({
    settings: { MAX_JOB_COST_USD: 0.005 },
    replies: { classify: reply('simple') },
  });
  const { json } = await postJob(limited, { query: 'Write', maxCostUsd: 10, wait: 50 });
  expect(json).toMatchObject({ status: 'failed', problem: { type: '/problems/budget-exhausted' } });
  expect(json.cost).toBe(0.01);

  // Another API of the same service has no limit.
  const run = await limited.runs.load(json.id);
  if (run === null) throw new Error('the run is gone');
  const again = await limited.runs.rerun(run, 'classify', { models: {}, idempotencyKey: null });
  expect(await limited.finished(`/jobs/${again?.id}`)).toMatchObject({
    outcome: { status: 'completed', degraded: [] },
    options: { maxCostUsd: 10 },
  });
});

describe('limits of a line', () => {
  test('are read by name', () => {
    const words =
      'requests-per-minute=60 open-jobs=5 usd-per-day=2.5 usd-per-month=20 models=a/b,c/d priority=3';
    expect(readKeyLimits(words.split(' '))).toEqual({
      requestsPerMinute: 60,
      openJobs: 5,
      usdPerDay: 2.5,
      usdPerMonth: 20,
      models: ['a/b', 'c/d'],
      priority: 3,
    });
    expect(readKeyLimits([])).toEqual({});
  });

  test.each([
    'open-job=5',
    'open-jobs',
    'open-jobs=',
    'open-jobs=0',
    'open-jobs=-1',
    'open-jobs=1.5',
    'usd-per-day=1e3',
    'usd-per-day=five',
    'priority=101',
    'open-jobs=5 open-jobs=6',
  ])('are refused: %s', (text) => {
    expect(readKeyLimits(text.split(' '))).toBeNull();
  });

  test('must be the same in all lines of a caller that have some', () => {
    const line = (secret: string, limits: string) => `alice:${digestOf(secret).toString('hex')} ${limits}`;
    const read = (...lines: string[]) => apiKeys.safeParse(lines.join(',')).success;
    expect(read(line('one', 'open-jobs=5'), line('two', ''))).toBe(true);
    expect(read(line('one', 'open-jobs=5'), line('two', 'open-jobs=5'))).toBe(true);
    expect(read(line('one', 'open-jobs=5'), line('two', 'open-jobs=6'))).toBe(false);
  });
});
