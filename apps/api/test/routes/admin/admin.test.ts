import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { lost, reply, writes } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeys, digestOf } from '../../../src/middleware/key-ring.ts';

const key = (name: string) => `key-of-${name}`;
const keysOf = (...names: string[]) =>
  apiKeys.parse(names.map((name) => `${name}:${digestOf(key(name)).toString('hex')}`).join(','));
const bearer = (name: string) => ({ Authorization: `Bearer ${key(name)}` });
const password = (name: string) => ({ Authorization: `Basic ${btoa(`any:${key(name)}`)}` });

const ADMIN = bearer('root');
const ALICE = { ...bearer('alice'), ...JSON_TYPE };

const ENDPOINTS = [
  ['GET', '/admin/state'],
  ['POST', '/admin/intake/pause'],
  ['POST', '/admin/intake/resume'],
  ['POST', '/admin/jobs/7d444840-9dc0-11d1-b245-5ffdce74fad2/retry'],
  ['GET', '/admin/usage'],
  ['GET', '/admin/queues'],
  ['GET', '/admin/queues/api/queues'],
] as const;

let service: Service;
let isModelDown = false;
beforeAll(async () => {
  service = await startService({
    settings: { API_KEYS: keysOf('bob', 'alice'), ADMIN_KEYS: keysOf('root') },
    replies: {
      classify: reply('simple'),
      answer: (call, moments) => (isModelDown ? lost : writes)(call, moments),
    },
  });
});
afterAll(() => service?.[Symbol.asyncDispose]());

const admin = (method: string, path: string, headers: Record<string, string> = ADMIN) =>
  send(service, method, `/admin${path}`, null, headers);
const postAs = (headers: Record<string, string>, job: object = {}) =>
  postJob(service, { query: `Write ${Math.random()}`, wait: 50, ...job }, headers);

describe.each(ENDPOINTS)('%s %s', (method, path) => {
  const request = async (headers: Record<string, string>, url = service.url) => {
    const response = await fetch(`${url}${path}`, { method, headers });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };

  test('refuses requests without a key of an operator, and asks browsers for a password', async () => {
    for (const headers of [{}, bearer('alice'), password('alice'), { Authorization: 'Basic %%%' }]) {
      const refused = await request(headers);
      expectProblem(refused, 'unauthorized', 401);
      expect(refused.headers.get('WWW-Authenticate')).toMatch(/^Basic realm="/);
    }
  });

  test('refuses pages of other sites, although browsers add the password to their requests', async () => {
    for (const name of ['cross-site', 'same-site']) {
      const refused = await request({ ...password('root'), 'Sec-Fetch-Site': name });
      expectProblem(refused, 'cross-site-request', 403);
    }
    const refused = await request({ ...password('root'), Origin: 'https://other.example' });
    expectProblem(refused, 'cross-site-request', 403);
  });
});

test('a service without keys of operators has no administration', async () => {
  await using plain = await startService({ worker: false });
  for (const [method, path] of ENDPOINTS) {
    const response = await fetch(`${plain.url}${path}`, { method, headers: ADMIN });
    const json = await response.json();
    expectProblem({ status: response.status, headers: response.headers, json }, 'admin-not-configured', 404);
  }
});

test('an operator’s key is no caller’s key', async () => {
  expectProblem(await service.get('/jobs', ADMIN), 'unauthorized', 401);
});

test('pauses and resumes the intake, and shows the state', async () => {
  expect((await admin('GET', '/state', password('root'))).json).toMatchObject({
    intake: 'open',
    pausedAt: null,
    drained: true,
    openJobs: 0,
    waitingJobs: 0,
    workers: { stages: 1 },
    stages: { stages: { waiting: 0, active: 0 } },
  });
  const paused = await admin('POST', '/intake/pause');
  expect([paused.status, paused.json.intake]).toEqual([200, 'paused']);
  expectProblem(await postAs(ALICE), 'intake-paused', 503);
  const again = await admin('POST', '/intake/pause');
  expect(again.json.pausedAt).toBe(paused.json.pausedAt);
  expect((await admin('POST', '/intake/resume')).json).toMatchObject({ intake: 'open', pausedAt: null });
  expect((await postAs(ALICE)).status).toBe(200);
});

test('is not drained while a job runs that was accepted before the pause', async () => {
  await using idle = await startService({ settings: { ADMIN_KEYS: keysOf('root') }, worker: false });
  const path = await idle.begin();
  const paused = await send(idle, 'POST', '/admin/intake/pause', null, ADMIN);
  expect(paused.json).toMatchObject({ intake: 'paused', drained: false, openJobs: 1, waitingJobs: 1 });
  await send(idle, 'POST', `${path}/cancel`);
  const { json } = await idle.get('/admin/state', ADMIN);
  expect(json).toMatchObject({ intake: 'paused', drained: true, openJobs: 0 });
});

test('runs a failed job again from the stage that failed, for its caller', async () => {
  isModelDown = true;
  const failed = (await postAs(ALICE, { query: 'Mend it', metadata: { ticket: '7' } })).json;
  isModelDown = false;
  expect(failed).toMatchObject({ status: 'failed', problem: { stage: 'answer' } });
  const before = service.models.calls.length;
  const { status, json, headers } = await admin('POST', `/jobs/${failed.id}/retry`);
  expect({ status, json }).toMatchObject({
    status: 202,
    json: { caller: 'alice', retryOf: failed.id, from: 'answer' },
  });
  expect(headers.get('X-Job-Id')).toBe(json.id);
  const again = (await service.get(`/jobs/${json.id}?wait=50`, ALICE)).json;
  expect(again).toMatchObject({ status: 'completed', query: 'Mend it', metadata: { ticket: '7' } });
  expect(service.models.calls.slice(before).map(({ stage }) => stage)).toEqual(['answer']);
  expectProblem(await service.get(`/jobs/${json.id}`, bearer('bob')), 'unknown-job', 404);
  expectProblem(await admin('POST', `/jobs/${json.id}/retry`), 'job-not-failed', 409);
});

describe('with two APIs', () => {
  let second: Service;
  beforeAll(async () => {
    const settings = { API_KEYS: keysOf('bob', 'alice'), ADMIN_KEYS: keysOf('root') };
    const { namespace: QUEUE_NAMESPACE } = service;
    // With another default, the same retry is a different request.
    second = await startService({
      settings: { ...settings, QUEUE_NAMESPACE, EFFORT: 'fast' },
      worker: false,
    });
  });
  afterAll(() => second?.[Symbol.asyncDispose]());

  test('a pause by one API holds at the other, which can resume', async () => {
    const both = [service, second];
    const states = await Promise.all(
      [...both, ...both].map((api) => send(api, 'POST', '/admin/intake/pause', null, ADMIN)),
    );
    expect(new Set(states.map(({ json }) => json.pausedAt)).size).toBe(1);
    for (const api of both) expectProblem(await postJob(api, { query: 'x' }, ALICE), 'intake-paused', 503);
    const resumed = await send(second, 'POST', '/admin/intake/resume', null, ADMIN);
    expect(resumed.json.intake).toBe('open');
    for (const api of both) {
      expect((await api.get('/admin/state', ADMIN)).json).toMatchObject({ intake: 'open', drained: true });
      expect((await postJob(api, { query: `At ${api.url}`, wait: 50 }, ALICE)).status).toBe(200);
    }
  });

  test('retries of one failed job start one job, and a retry of that starts another', async () => {
    isModelDown = true;
    const failed = (await postAs(ALICE, { query: 'Retry it' })).json;
    const retry = (api: Service, id: string) => send(api, 'POST', `/admin/jobs/${id}/retry`, null, ADMIN);
    const calls = service.models.calls.length;
    const retries = await Promise.all([service, second, service, second].map((api) => retry(api, failed.id)));
    expect(retries.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    const [id, ...others] = new Set(retries.map(({ json }) => json.id));
    expect(others).toEqual([]);
    expect(retries.filter(({ headers }) => headers.has('Idempotent-Replayed'))).toHaveLength(3);
    expect((await service.get(`/jobs/${id}?wait=50`, ALICE)).json.status).toBe('failed');
    expect((await retry(service, failed.id)).json).toMatchObject({ id, retryOf: failed.id });
    const called = service.models.calls.slice(calls).filter(({ stage }) => stage === 'answer').length;
    isModelDown = false;
    const again = await retry(second, id);
    expect(again.json).toMatchObject({ retryOf: id, from: 'answer' });
    expect((await service.get(`/jobs/${again.json.id}?wait=50`, ALICE)).json.status).toBe('completed');
    const after = service.models.calls.slice(calls).filter(({ stage }) => stage === 'answer').length;
    expect(after).toBe(called + 1);
  });
});

test('lists the usage of every caller', async () => {
  const bob = bearer('bob');
  await postAs({ ...bob, ...JSON_TYPE });
  const { json } = await admin('GET', '/usage');
  expect(json.callers.map(({ caller }: { caller: string }) => caller)).toEqual(['alice', 'bob']);
  expect(json.callers[1]).toEqual((await service.get('/usage', bob)).json);
  expect(json.callers[1].usdPerDay.used).toBe(0.02);
});
