import { test, vi } from 'vitest';
import { COMPLEX, generatePath, type Service, startService } from '../e2e/service.ts';
import { inTurn } from './lanes.ts';
import { row } from './row.ts';
import { openSite } from './site.ts';
import { usage } from './usage.ts';

const REQUESTS = 1_000;

test('connections of the processes', async () => {
  row('queues', 'connections of an API and a worker', 'of another worker');
  row('---', '---:', '---:');
  for (const [queues, env] of [
    [1, {}],
    [2, { STAGE_QUEUES: 'reviewer:slow' }],
  ] as const) {
    await using site = await openSite();
    await using _one = await startService({ workers: 1, env: { REDIS_URL: site.url, ...env } });
    const first = await site.connections();
    await using other = await openSite();
    await using _two = await startService({ workers: 2, env: { REDIS_URL: other.url, ...env } });
    row(queues, first, (await other.connections()) - first);
  }
});

test('memory of the processes', async () => {
  await using site = await openSite();
  const env = { REDIS_URL: site.url, WORKER_CONCURRENCY: String(REQUESTS) };
  await using service = await startService({ workers: 1, simulator: ['--latency-ms', '20000'], env });
  row('state', 'API, MiB', 'worker, MiB');
  row('---', '---:', '---:');
  await show('idle', service);
  const abandon = new AbortController();
  const waiting = inTurn(REQUESTS, REQUESTS, (index) =>
    fetch(`${service.url}${generatePath(`${COMPLEX} ${index}`)}`, { signal: abandon.signal }).catch(() => {}),
  );
  const active = () =>
    site.server.say('--scan', '--pattern', '*:active').then((key) => site.server.say('LLEN', key));
  await vi.waitUntil(async () => Number(await active()) === REQUESTS, { timeout: 60_000, interval: 100 });
  await show(`${REQUESTS} requests that wait, ${REQUESTS} stages in hand`, service);
  abandon.abort();
  await waiting;
});

async function show(state: string, { api, workers }: Service) {
  const [first] = workers;
  if (first === undefined) throw new Error('no worker');
  row(state, (await usage(api)).megabytes, (await usage(first)).megabytes);
}
