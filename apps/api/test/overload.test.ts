import { expect, test } from 'vitest';
import { expectProblem, startService } from './service.ts';

const async = { Prefer: 'respond-async' };

test('more than may wait is refused and not started, and taken again when there is room', async () => {
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
