import { test } from 'vitest';
import { COMPLEX, generatePath, type Service, SIMPLE, startService } from '../e2e/service.ts';
import { inTurn } from './lanes.ts';
import { row } from './row.ts';
import { openSite, type Site } from './site.ts';
import { usage } from './usage.ts';

const WARM_UP = 100;
const RUNS = 1_000;
const AT_ONCE = 100;

test('runs a second, and the CPU they cost, with models that answer at once', async () => {
  row('route', 'workers', 'runs/s', 'Redis, ms per run', 'API, ms per run', 'workers, ms per run');
  row('---', '---:', '---:', '---:', '---:', '---:');
  for (const [route, query] of [
    ['complex', COMPLEX],
    ['simple', SIMPLE],
  ] as const) {
    for (const workers of [1, 2]) {
      await using site = await openSite();
      await using service = await startService({ workers, env: { REDIS_URL: site.url } });
      const ask = async (index: number) => {
        const answer = await service.get(generatePath(`${query} ${index}`));
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`answered with ${answer.status}`);
      };
      await inTurn(WARM_UP, AT_ONCE, ask);
      const before = await seconds(site, service);
      const startedAt = performance.now();
      await inTurn(RUNS, AT_ONCE, ask);
      const elapsed = (performance.now() - startedAt) / 1_000;
      const after = await seconds(site, service);
      const each = after.map((value, index) => (((value - (before[index] ?? 0)) * 1_000) / RUNS).toFixed(1));
      row(route, workers, Math.round(RUNS / elapsed), ...each);
    }
  }
});

/** Of CPU, so far: Redis, the API, all workers. */
async function seconds(site: Site, { api, workers }: Service): Promise<number[]> {
  const redis = (await site.info('cpu', 'used_cpu_user')) + (await site.info('cpu', 'used_cpu_sys'));
  const spent = await Promise.all([api, ...workers].map(async (program) => (await usage(program)).seconds));
  const [ofApi = 0, ...ofWorkers] = spent;
  return [redis, ofApi, ofWorkers.reduce((sum, one) => sum + one, 0)];
}
