import { test, vi } from 'vitest';
import { COMPLEX, generatePath, type Service, startService } from '../e2e/service.ts';
import { printRow, processUsage, runConcurrently, startRedis } from './measurement.ts';

const REQUESTS = 1_000;

test('Redis connections per process', async () => {
  printRow('queues', 'connections of an API and a worker', 'of a second worker');
  printRow('---', '---:', '---:');
  for (const [queues, env] of [
    [1, {}],
    [2, { STAGE_QUEUES: 'reviewer:slow' }],
  ] as const) {
    await using redis = await startRedis();
    await using _one = await startService({ workers: 1, env: { REDIS_URL: redis.url, ...env } });
    const first = await redis.connections();
    await using other = await startRedis();
    await using _two = await startService({ workers: 2, env: { REDIS_URL: other.url, ...env } });
    printRow(queues, first, (await other.connections()) - first);
  }
});

test('memory per process', async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, WORKER_CONCURRENCY: String(REQUESTS) };
  await using service = await startService({ workers: 1, simulator: { latencyMs: 20_000 }, env });
  printRow('state', 'API, MiB', 'worker, MiB');
  printRow('---', '---:', '---:');
  await show('idle', service);
  const abandon = new AbortController();
  const waiting = runConcurrently(REQUESTS, REQUESTS, (index) =>
    fetch(`${service.url}${generatePath(`${COMPLEX} ${index}`)}`, { signal: abandon.signal }).catch(() => {}),
  );
  const active = () =>
    redis.server.command('--scan', '--pattern', '*:active').then((key) => redis.server.command('LLEN', key));
  await vi.waitUntil(async () => Number(await active()) === REQUESTS, { timeout: 60_000, interval: 100 });
  await show(`${REQUESTS} waiting requests, ${REQUESTS} running stages`, service);
  abandon.abort();
  await waiting;
});

async function show(state: string, { api, workers }: Service) {
  const [first] = workers;
  if (first === undefined) throw new Error('no worker');
  printRow(state, (await processUsage(api)).megabytes, (await processUsage(first)).megabytes);
}
