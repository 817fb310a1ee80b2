import { expect, test } from 'vitest';
import { expectProblem, startService, until } from '../service.ts';

test('the API is ready while a worker is there', async () => {
  await using service = await startService({ worker: false });
  const before = await service.get('/readyz');
  expectProblem(before, 'no-worker', 503);
  expect(before.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);

  const worker = await service.startWorker();
  await until(async () => (await service.get('/readyz')).status === 200);
  expect((await service.get('/readyz')).json).toEqual({ status: 'ready', workers: { stages: 1 } });

  await worker.close();
  await until(async () => (await service.get('/readyz')).status === 503);
});

test('the API is alive without a worker', async () => {
  await using service = await startService({ worker: false });
  const { status, json } = await service.get('/healthz');
  expect({ status, json }).toEqual({ status: 200, json: { status: 'alive' } });
});

test('readiness may not be cached', async () => {
  await using service = await startService();
  expect((await service.get('/readyz')).headers.get('Cache-Control')).toBe('no-store');
});
