import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Reply, startService } from '@codegen/testing/api/service';
import { startCuttableProxy } from '@codegen/testing/network/cuttable-proxy';
import { expect, inject, test } from 'vitest';
import { digestOf } from '../../src/middleware/key-ring.ts';

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const API_KEYS = ['alice', 'bob'].map((caller) => ({ caller, digest: digestOf(caller) }));
const settings = { RATE_LIMIT_PER_MINUTE: 2, API_KEYS };

/** The RateLimit headers of a response. */
function limitIn({ headers }: Reply) {
  const [, left, reset] = /^"starts";r=(\d+);t=(\d+)$/.exec(headers.get('RateLimit') ?? '') ?? [];
  expect(headers.get('RateLimit-Policy')).toBe('"starts";q=2;w=60');
  return { left: Number(left), reset: Number(reset) };
}

test('reports the limit, and returns 429 beyond it until the window resets', async () => {
  await using service = await startService({ settings, worker: false });
  const ask = (key: string) =>
    service.get('/generate?query=hello', { ...bearer(key), Prefer: 'respond-async' });
  expect(limitIn(await ask('alice')).left).toBe(1);
  const last = await postJob(service, { query: 'other' }, bearer('alice'));
  expect(last.status).toBe(202);
  expect(limitIn(last).left).toBe(0);

  const refused = await postJob(service, { query: 'third' }, bearer('alice'));
  expectProblem(refused, 'rate-limited', 429);
  const { left, reset } = limitIn(refused);
  expect(left).toBe(0);
  expect(reset).toBeGreaterThanOrEqual(1);
  expect(reset).toBeLessThanOrEqual(60);
  expect(refused.headers.get('Retry-After')).toBe(String(reset));
  expect(refused.headers.get('X-Job-Id')).toBeNull();
  expect((await service.runs.list('alice', {}, null, 10)).runs).toHaveLength(2);
  expectProblem(await ask('alice'), 'rate-limited', 429);

  // Other callers and requests that start nothing are not limited.
  expect((await ask('bob')).status).toBe(202);
  const list = await service.get('/jobs', bearer('alice'));
  expect(list.status).toBe(200);
  expect(list.headers.get('RateLimit')).toBeNull();
  const body = JSON.stringify({ query: 'hello' });
  const headers = { ...bearer('alice'), ...JSON_TYPE };
  const estimate = await send(service, 'POST', '/jobs?validateOnly=true', body, headers);
  expect(estimate.status).toBe(200);
  expect(estimate.headers.get('RateLimit')).toBeNull();
  // Not where the parameter has no such meaning.
  expectProblem(
    await service.get('/generate?query=hello&validateOnly=true', bearer('alice')),
    'rate-limited',
    429,
  );
});

test('counts every request that could start a job, whatever the response', async () => {
  await using service = await startService({ settings: { RATE_LIMIT_PER_MINUTE: 2 }, worker: false });
  const key = { 'Idempotency-Key': 'one' };
  expect(limitIn(await postJob(service, { query: 'hello' }, key)).left).toBe(1);
  const again = await postJob(service, { query: 'hello' }, key);
  expect(again.headers.get('Idempotent-Replayed')).toBe('true');
  expect(limitIn(again).left).toBe(0);
  // These are rejected before the request is validated.
  expectProblem(await send(service, 'POST', '/jobs', '{', JSON_TYPE), 'rate-limited', 429);
  expectProblem(await service.get('/generate'), 'rate-limited', 429);
});

test('does not count requests with an invalid key', async () => {
  await using service = await startService({ settings, worker: false });
  for (const _ of [1, 2, 3]) {
    const reply = await service.get('/generate?query=hello', bearer('mallory'));
    expectProblem(reply, 'unauthorized', 401);
    expect(reply.headers.get('RateLimit')).toBeNull();
  }
});

test('sends no RateLimit headers without a limit', async () => {
  await using service = await startService({ worker: false });
  const { headers } = await postJob(service, { query: 'hello' });
  expect([headers.get('RateLimit'), headers.get('RateLimit-Policy')]).toEqual([null, null]);
});

test('returns 503 while Redis is unavailable', async () => {
  await using proxy = await startCuttableProxy(inject('redisUrl'));
  const behind = { REDIS_URL: proxy.url, RATE_LIMIT_PER_MINUTE: 2 };
  await using service = await startService({ settings: behind, worker: false });
  await proxy.stall();
  const reply = await postJob(service, { query: 'hello' });
  expectProblem(reply, 'queue-unavailable', 503);
  await proxy.restore();
});
