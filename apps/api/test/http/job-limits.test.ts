import { cancelJob, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService, until } from '@codegen/testing/api/service';
import { fails, hangs, type Replies, reply } from '@codegen/testing/models/replies';
import { storedKeys } from '@codegen/testing/redis/stored-keys';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/middleware/key-ring.ts';

describe('MAX_ACTIVE_JOBS', () => {
  const async = { Prefer: 'respond-async' };

  test('rejects jobs beyond the limit until a job has finished', async () => {
    await using service = await startService({ settings: { MAX_ACTIVE_JOBS: 2 }, worker: false });
    const key = { 'Idempotency-Key': 'one' };
    expect((await service.get('/generate?query=first', async)).status).toBe(202);
    expect((await service.get('/generate?query=second', { ...async, ...key })).status).toBe(202);
    const refused = await service.get('/generate?query=third', async);
    expectProblem(refused, 'overloaded', 503);
    expect(refused.headers.get('Retry-After')).toBe('5');
    expect(refused.headers.get('X-Job-Id')).toBeNull();
    expect((await service.runs.list('anonymous', {}, null, 10)).runs).toHaveLength(2);

    // A request that joins or repeats a job does not count.
    expect((await service.get('/generate?query=first', async)).headers.get('X-Job-Coalesced')).toBe('true');
    expect((await service.get('/generate?query=second', { ...async, ...key })).status).toBe(202);

    await service.startWorker();
    await expect.poll(async () => (await service.get('/generate?query=third')).status).toBe(200);
  });

  const limited = fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 4_000 });

  test.each<[string, Replies, number]>([
    ['running', { classify: hangs }, 2],
    // The attempts after this one hang.
    ['waiting for a retry', { classify: limited, 'generate.direct': hangs, interpret: hangs }, 6],
  ])('counts jobs that are %s', async (_, replies, calls) => {
    await using service = await startService({ settings: { MAX_ACTIVE_JOBS: 2 }, replies });
    const path = await service.begin('first');
    await service.begin('second');
    await until(async () => service.models.calls.length >= calls);
    await expectFull(service, path);
  });

  test('counts jobs in the queue of a worker pool', async () => {
    const settings = { MAX_ACTIVE_JOBS: 2, STAGE_QUEUES: { classifier: 'alone' } };
    await using service = await startService({ settings, worker: false });
    const path = await service.begin('first');
    await service.begin('second');
    await expectFull(service, path);
  });

  /** Asserts that one more job is accepted only after a job has ended. */
  async function expectFull(service: Service, path: string) {
    expectProblem(await service.get('/generate?query=third', async), 'overloaded', 503);
    await cancelJob(service, path);
    await service.begin('third');
    expectProblem(await service.get('/generate?query=fourth', async), 'overloaded', 503);
  }
});

describe('MAX_CONCURRENT_JOBS', () => {
  const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
  const API_KEYS = ['alice', 'bob'].map((caller) => ({ caller, digest: digestOf(caller) }));
  const settings = { MAX_CONCURRENT_JOBS: 2, API_KEYS };

  test('rejects one more job of the same caller until a job has finished', async () => {
    await using service = await startService({ settings, replies: { classify: hangs } });
    const ask = (query: string, key = 'alice') => postJob(service, { query }, bearer(key));
    const first = await ask('first');
    expect([first.status, (await ask('second')).status]).toEqual([202, 202]);
    await until(async () => service.models.calls.length === 2);
    const refused = await ask('third');
    expectProblem(refused, 'too-many-jobs', 429);
    expect(refused.headers.get('Retry-After')).toBe('5');
    expect(refused.headers.get('X-Job-Id')).toBeNull();
    expect((await ask('third', 'bob')).status).toBe(202);

    const path = `/jobs/${first.json.id}`;
    expect((await send(service, 'POST', `${path}/cancel`, null, bearer('alice'))).status).toBe(202);
    expect((await ask('third')).status).toBe(202);
    expectProblem(await ask('fourth'), 'too-many-jobs', 429);
  });

  test('does not count finished jobs, and keeps nothing of them', async () => {
    await using service = await startService({ settings, replies: { classify: reply('simple') } });
    for (const query of ['a', 'b', 'c', 'd']) {
      const { json } = await postJob(service, { query, wait: 30 }, bearer('alice'));
      expect(json.status).toBe('completed');
    }
    const names = [...(await storedKeys(service.namespace)).keys()];
    expect(names.filter((name) => name.startsWith('open'))).toEqual([]);
  });
});
