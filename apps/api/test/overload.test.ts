import { fails, hangs, type Replies } from '@codegen/testing/replies';
import { expect, test } from 'vitest';
import { cancelJob } from './send.ts';
import { expectProblem, type Service, startService, until } from './service.ts';

const async = { Prefer: 'respond-async' };

test('more than may be open is refused and not started, and taken again when there is room', async () => {
  await using service = await startService({ settings: { MAX_QUEUED: 2 }, worker: false });
  const key = { 'Idempotency-Key': 'one' };
  expect((await service.get('/generate?query=first', async)).status).toBe(202);
  expect((await service.get('/generate?query=second', { ...async, ...key })).status).toBe(202);
  const refused = await service.get('/generate?query=third', async);
  expectProblem(refused, 'overloaded', 503);
  expect(refused.headers.get('Retry-After')).toBe('5');
  expect(refused.headers.get('X-Job-Id')).toBeNull();
  expect((await service.runs.list('anonymous', {}, null, 10)).runs).toHaveLength(2);

  // What is under way already, or was asked before, costs no room.
  expect((await service.get('/generate?query=first', async)).headers.get('X-Job-Coalesced')).toBe('true');
  expect((await service.get('/generate?query=second', { ...async, ...key })).status).toBe(202);

  await service.startWorker();
  await expect
    .poll(async () => (await service.get('/generate?query=third')).status, { timeout: 30_000 })
    .toBe(200);
});

const limited = fails({ intent: 'retry', code: 'rate-limited', retryAfterMs: 4_000 });

test.each<[string, Replies, number]>([
  ['in the hands of workers', { classify: hangs }, 2],
  // Whatever comes after the last try hangs.
  [
    'put off until a model may be called again',
    { classify: limited, 'generate.direct': hangs, interpret: hangs },
    6,
  ],
])('jobs count that are %s', async (_, replies, calls) => {
  await using service = await startService({ settings: { MAX_QUEUED: 2 }, replies });
  const path = await service.begin('first');
  await service.begin('second');
  await until(async () => service.models.calls.length >= calls);
  await expectFull(service, path);
});

test('jobs count that wait in a queue of their own', async () => {
  const settings = { MAX_QUEUED: 2, STAGE_QUEUES: { classifier: 'alone' } };
  await using service = await startService({ settings, worker: false });
  const path = await service.begin('first');
  await service.begin('second');
  await expectFull(service, path);
});

/** There is room for one when a job has ended, and only then. */
async function expectFull(service: Service, path: string) {
  expectProblem(await service.get('/generate?query=third', async), 'overloaded', 503);
  await cancelJob(service, path);
  await service.begin('third');
  expectProblem(await service.get('/generate?query=fourth', async), 'overloaded', 503);
}
