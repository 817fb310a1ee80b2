import { expectProblem, startService, until } from '@codegen/testing/api/service';
import { expect, test } from 'vitest';

test('GET /readyz returns 200 while a worker runs', async () => {
  await using service = await startService({ worker: false });
  const before = await service.get('/readyz');
  expectProblem(before, 'no-worker', 503);
  expect(before.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);

  const worker = await service.startWorker();
  await until(async () => (await service.get('/readyz')).status === 200);
  expect((await service.get('/readyz')).json).toEqual({
    status: 'ready',
    workers: { stages: 1 },
    warnings: expect.any(Array),
  });

  await worker.close();
  await until(async () => (await service.get('/readyz')).status === 503);
});

test('GET /healthz returns 200 without a worker', async () => {
  await using service = await startService({ worker: false });
  const { status, json } = await service.get('/healthz');
  expect({ status, json }).toEqual({ status: 200, json: { status: 'alive' } });
});

test('GET /readyz is not cached', async () => {
  await using service = await startService();
  expect((await service.get('/readyz')).headers.get('Cache-Control')).toBe('no-store');
});
