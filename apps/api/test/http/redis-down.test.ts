import { connectBlocking, keysOf } from '@codegen/queue/testing';
import { postChat, user } from '@codegen/testing/api/chat';
import { waitForClients } from '@codegen/testing/api/client-connection';
import { postJob } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { reply } from '@codegen/testing/models/replies';
import { type CuttableProxy, startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { simpleResponse } from '@codegen/testing/runs/case';
import { expect, inject, test } from 'vitest';

const PATHS = ['/generate?query=hello', '/jobs/00000000-0000-4000-8000-000000000000', '/readyz'];
/** The API answers 503 after 2 s without Redis; this timeout is generous. */
const BOUND_MS = 10_000;

/** An API whose connection to Redis can be interrupted, and a worker with its own connection. */
async function startBehind(proxy: CuttableProxy): Promise<Service> {
  return startService({ settings: { REDIS_URL: proxy.url }, replies: { classify: reply('simple') } });
}

async function expectUnavailable({ url }: Service) {
  const replies = PATHS.map(async (path) => {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(BOUND_MS) });
    expectProblem(
      { status: response.status, headers: response.headers, json: await response.json() },
      'queue-unavailable',
      503,
    );
    expect(response.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
    expect(response.headers.get('X-Job-Id')).toBeNull();
  });
  await Promise.all(replies);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
}

async function expectRecovery(service: Service) {
  await until(async () => (await service.get('/readyz')).status === 200);
  const { status, json } = await service.get('/generate?query=hello');
  expect(status).toBe(200);
  expect(json).toEqual(simpleResponse);
}

test.concurrent.each([
  ['is down', (proxy: CuttableProxy) => proxy.cut()],
  ['hangs', async (proxy: CuttableProxy) => proxy.stall()],
])('answers 503 while Redis %s, then recovers', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using service = await startBehind(proxy);
  for (const _ of ['once', 'and again']) {
    await fail(proxy);
    await until(async () => (await service.get('/readyz')).status === 503);
    await expectUnavailable(service);
    await proxy.restore();
    await expectRecovery(service);
  }
});

test.concurrent('recovers from connections that are lost silently', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using service = await startBehind(proxy);
  proxy.loseConnections();
  await expectRecovery(service);
});

test.concurrent.each([
  ['is down', (proxy: CuttableProxy) => proxy.cut()],
  ['hangs', async (proxy: CuttableProxy) => proxy.stall()],
])('starts while Redis %s, answers 503, then recovers', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await fail(proxy);
  const settings = { REDIS_URL: proxy.url };
  await using service = await startService({
    worker: false,
    settings,
    replies: { classify: reply('simple') },
  });
  await expectUnavailable(service);
  await proxy.restore();
  await service.startWorker();
  await expectRecovery(service);
});

test.concurrent.each([
  ['is down', (proxy: CuttableProxy) => proxy.cut()],
  ['hangs', async (proxy: CuttableProxy) => proxy.stall()],
])('closes while Redis %s', async (_, fail) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  await using service = await startBehind(proxy);
  await fail(proxy);
  await service.close();
});

test.concurrent.each([
  ['gets 200 if Redis recovers in time', 50, 200],
  ['gets 202 if it does not', 2, 202],
])('a request that waits while Redis is unavailable %s', async (_, SYNC_WAIT_SECONDS, expected) => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  await using service = await startService({
    settings: { REDIS_URL: proxy.url, SYNC_WAIT_SECONDS },
    replies: {
      async classify(call, moments) {
        await held;
        return reply('simple')(call, moments);
      },
    },
  });
  const waiting = service.get('/generate?query=hello');
  await service.models.whenCalled('classify');
  const path = `/jobs/${service.models.calls[0]?.run}`;
  // Redis replies in order, so that the API has its reply to the submission when this one arrives.
  await service.get(path);
  await proxy.cut();
  release();
  const { outcome } = await service.finished(path);
  expect(outcome).toMatchObject({ response: simpleResponse });
  if (expected === 200) await proxy.restore();
  const { status, json } = await waiting;
  expect(status).toBe(expected);
  if (expected === 200) expect(json).toEqual(simpleResponse);
});

test.concurrent.each<[string, (service: Service) => Promise<{ status: number }>, number]>([
  ['GET /generate', ({ get }) => get('/generate?query=hello'), 409],
  ['POST /jobs', (service) => postJob(service, { query: 'hello', wait: 50 }), 200],
  ['POST /v1/chat/completions', (service) => postChat(service, { messages: [user('hello')] }), 409],
])(
  '%s gets its result when Redis does not answer just after the end of the job',
  async (_, ask, expected) => {
    await using service = await startService({ worker: false });
    const waiting = ask(service);
    await until(async () => (await service.get('/jobs')).json.jobs.length === 1);
    const [{ id }] = (await service.get('/jobs')).json.jobs;
    await waitForClients(service, `/jobs/${id}`, 1);
    const redis = connectBlocking(inject('redisUrl'));
    const keys = keysOf(service.namespace);
    // Redis refuses to read the run while another kind of value has its key.
    await redis.rename(keys.run(id), keys.run('away'));
    await redis.set(keys.run(id), '');
    await redis.publish(keys.finished, id);
    await until(async () => (await service.get(`/jobs/${id}`)).status === 503);
    await redis.hset(keys.run('away'), {
      outcome: '{"status":"cancelled"}',
      status: 'cancelled',
      finishedAt: 1,
    });
    await redis.rename(keys.run('away'), keys.run(id));
    redis.disconnect();
    expect((await waiting).status).toBe(expected);
  },
);
