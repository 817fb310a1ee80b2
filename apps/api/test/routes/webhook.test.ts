import { cancelJob, deleteJob, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { hangs, reply } from '@codegen/testing/models/replies';
import { storedKeys, tracesOf } from '@codegen/testing/redis/stored-keys';
import { type Answers, startScriptedWorker } from '@codegen/testing/webhooks/scripted-worker';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/middleware/key-ring.ts';

const simple = { classify: reply('simple') };
const key = { 'Idempotency-Key': 'one' };
const webhook = 'https://hooks.example/a';
const job = { query: 'x', webhook };

const startHooked = (settings = {}, worker = true) =>
  startService({ replies: simple, worker, settings: { WEBHOOK_SECRETS: [Buffer.alloc(24)], ...settings } });

const deliverTo = (service: Service, answers: Answers, retryDelaysMs?: number[]) =>
  startScriptedWorker({ options: service.queue }, answers, retryDelaysMs);

const redeliver = (service: Pick<Service, 'url'>, path: string, headers = {}) =>
  send(service, 'POST', `${path}/webhook/redeliver`, null, headers);

describe('a webhook', () => {
  test.concurrent.each([
    'http://127.0.0.1/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost:8000/',
    'https://169.254.169.254/latest',
    'https://user:SECRET@hooks.example/',
    'ftp://hooks.example/',
    'hooks.example',
    '',
    `https://hooks.example/${'a'.repeat(2_048)}`,
  ])('at %s is rejected and starts no job', async (url) => {
    await using service = await startHooked({}, false);
    for (const given of [url, { url }]) {
      const reply = await postJob(service, { query: 'x', webhook: given });
      expectProblem(reply, 'invalid-webhook', 422);
      expect(reply.json.detail).toMatch(/^webhook: it m/);
      expect(reply.body).not.toContain('SECRET');
    }
    expect((await service.get('/jobs')).json.jobs).toEqual([]);
  });

  test.concurrent('is rejected if it is not a URL', async () => {
    await using service = await startHooked({}, false);
    for (const given of [1, null, true, [], [webhook], {}, { url: 1 }, { url: webhook, secret: 'x' }]) {
      const reply = await postJob(service, { query: 'x', webhook: given });
      expectProblem(reply, 'invalid-job-request', 422);
      expect(reply.json.detail).toMatch(/\bwebhook\b/);
    }
  });

  test.concurrent('is rejected without WEBHOOK_SECRETS', async () => {
    await using service = await startService({ worker: false });
    const reply = await postJob(service, job);
    expectProblem(reply, 'webhooks-not-configured', 422);
    expect(reply.json.detail).toContain('WEBHOOK_SECRETS');
    expect((await service.get('/jobs')).json.jobs).toEqual([]);
  });

  test.concurrent('is part of the request that an idempotency key identifies', async () => {
    await using service = await startHooked({}, false);
    const first = await postJob(service, job, key);
    for (const other of [{ query: 'x' }, { ...job, webhook: `${webhook}b` }])
      expectProblem(await postJob(service, other, key), 'idempotency-key-reused', 422);
    const again = await postJob(service, { query: 'x', webhook: { url: webhook } }, key);
    expect(again.json.id).toBe(first.json.id);
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
  });

  test.concurrent('is shown in its job with its status', async () => {
    await using service = await startHooked({}, false);
    expect((await postJob(service, { query: 'y' })).json.webhook).toBeNull();
    const { json, headers } = await postJob(service, { query: 'x', webhook: 'HTTPS://Hooks.Example:443/a' });
    expect(json.webhook).toEqual({ url: webhook, status: 'waiting', attempts: [], nextAttemptAt: null });
    await using _courier = await deliverTo(service, [503, 'timed-out', 200]);
    await service.startWorker();
    const path = headers.get('Location') ?? '';
    const done = await service.job(path, ({ webhook }) => webhook.status === 'delivered');
    expect(done.webhook).toEqual({
      url: webhook,
      status: 'delivered',
      nextAttemptAt: null,
      attempts: [
        { at: expect.any(String), status: 503, error: null, durationMs: expect.any(Number) },
        { at: expect.any(String), status: null, error: 'timed-out', durationMs: expect.any(Number) },
        { at: expect.any(String), status: 200, error: null, durationMs: expect.any(Number) },
      ],
    });
    expect(Date.parse(done.webhook.attempts[0].at)).toBeGreaterThanOrEqual(Date.parse(done.finishedAt));
  });
});

describe('redelivery', () => {
  test.concurrent('requires a finished job of the caller with a webhook', async () => {
    const API_KEYS = ['alice', 'bob'].map((caller) => ({ caller, digest: digestOf(caller) }));
    await using service = await startHooked({ API_KEYS }, false);
    const as = (caller: string) => ({ Authorization: `Bearer ${caller}` });
    const { json } = await postJob(service, job, as('alice'));
    const plain = await postJob(service, { query: 'x' }, as('alice'));
    await send(service, 'POST', `/jobs/${plain.json.id}/cancel`, null, as('alice'));
    const none = '/jobs/00000000-0000-4000-8000-000000000000';
    expectProblem(await redeliver(service, none, as('alice')), 'unknown-job', 404);
    expectProblem(await redeliver(service, '/jobs/x', as('alice')), 'malformed-job-id', 400);
    expectProblem(await redeliver(service, `/jobs/${json.id}`, as('bob')), 'unknown-job', 404);
    expectProblem(await redeliver(service, `/jobs/${plain.json.id}`, as('alice')), 'no-webhook', 409);
    expectProblem(await redeliver(service, `/jobs/${json.id}`, as('alice')), 'job-not-finished', 409);
    const get = await service.get(`/jobs/${json.id}/webhook/redeliver`, as('alice'));
    expectProblem(get, 'method-not-allowed', 405);
    expect(get.headers.get('Allow')).toBe('POST');
  });

  test.concurrent('starts at once after success and after failure', async () => {
    await using service = await startHooked();
    await using webhookWorker = await deliverTo(service, [410, 200], [3_600_000]);
    const { json } = await postJob(service, { ...job, wait: 30 });
    const path = `/jobs/${json.id}`;
    await service.job(path, ({ webhook }) => webhook.status === 'failed');
    const reply = await redeliver(service, path);
    expect(reply).toMatchObject({ status: 202, json: { id: json.id, status: 'completed' } });
    expect(['pending', 'delivered']).toContain(reply.json.webhook.status);
    const again = await redeliver(service, path);
    expectProblem(again, 'rate-limited', 429);
    expect(Number(again.headers.get('Retry-After'))).toBeGreaterThan(0);
    const { webhook } = await service.job(path, ({ webhook }) => webhook.status === 'delivered');
    expect(webhook.attempts.map(({ status }: { status: number }) => status)).toEqual([410, 200]);
    expect(webhookWorker.deliveries.map(({ messageId }) => messageId)).toEqual(
      [0, 1].map(() => `msg_${json.id}`),
    );
  });
});

test.concurrent('deleting a job deletes its pending delivery', async () => {
  await using service = await startHooked();
  await using webhookWorker = await deliverTo(service, [500], [3_600_000]);
  const { json } = await postJob(service, { ...job, webhook: `${webhook}?SECRET`, wait: 30 });
  await until(async () => webhookWorker.deliveries.length === 1);
  expect(await tracesOf('SECRET', service.namespace)).not.toEqual([]);
  expect((await deleteJob(service, `/jobs/${json.id}`)).status).toBe(200);
  expect(await tracesOf('SECRET', service.namespace)).toEqual([]);
  const left = async () =>
    (await tracesOf(json.id, service.namespace)).filter((name) => name !== 'webhooks:events');
  await until(async () => (await left()).length === 0);
  const names = [...(await storedKeys(service.namespace)).keys()];
  expect(
    names.filter((name) => !/^(?:stages|workers|webhooks|samples|spent):|^cooldown(?:s|-causes)$/.test(name)),
  ).toEqual([]);
});

test.concurrent('is delivered for a cancelled job', async () => {
  await using service = await startService({
    replies: { classify: hangs },
    settings: { WEBHOOK_SECRETS: [Buffer.alloc(24)] },
  });
  await using webhookWorker = await deliverTo(service, [200]);
  const { headers } = await postJob(service, job);
  const path = headers.get('Location') ?? '';
  await service.models.whenCalled('classify');
  expect((await cancelJob(service, path)).json.webhook.url).toBe(webhook);
  await service.job(path, ({ webhook }) => webhook.status === 'delivered');
  expect(webhookWorker.deliveries).toMatchObject([{ run: { outcome: { status: 'cancelled' } } }]);
});
