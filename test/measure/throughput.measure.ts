import { test } from 'vitest';
import { COMPLEX, generatePath, type Service, SIMPLE, startService } from '../e2e/service.ts';
import { type MeasuredRedis, printRow, processUsage, runConcurrently, startRedis } from './measurement.ts';

const WARM_UP = 100;
const RUNS = 1_000;
const CONCURRENCY = 100;

test('runs per second and CPU time per run with immediate model answers', async () => {
  printRow('route', 'workers', 'runs/s', 'Redis, ms per run', 'API, ms per run', 'workers, ms per run');
  printRow('---', '---:', '---:', '---:', '---:', '---:');
  for (const [route, query] of [
    ['complex', COMPLEX],
    ['simple', SIMPLE],
  ] as const) {
    for (const workers of [1, 2]) {
      await using redis = await startRedis();
      await using service = await startService({ workers, env: { REDIS_URL: redis.url } });
      const sendRequest = async (index: number) => {
        const answer = await service.get(generatePath(`${query} ${index}`));
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`unexpected status ${answer.status}`);
      };
      await runConcurrently(WARM_UP, CONCURRENCY, sendRequest);
      const before = await cpuSeconds(redis, service);
      const startedAt = performance.now();
      await runConcurrently(RUNS, CONCURRENCY, sendRequest);
      const elapsed = (performance.now() - startedAt) / 1_000;
      const after = await cpuSeconds(redis, service);
      const each = after.map((value, index) => (((value - (before[index] ?? 0)) * 1_000) / RUNS).toFixed(1));
      printRow(route, workers, Math.round(RUNS / elapsed), ...each);
    }
  }
});

/** CPU seconds so far of Redis, the API and all workers. */
async function cpuSeconds(redis: MeasuredRedis, { api, workers }: Service): Promise<number[]> {
  const redisSeconds = (await redis.info('cpu', 'used_cpu_user')) + (await redis.info('cpu', 'used_cpu_sys'));
  const spent = await Promise.all(
    [api, ...workers].map(async (program) => (await processUsage(program)).seconds),
  );
  const [ofApi = 0, ...ofWorkers] = spent;
  return [redisSeconds, ofApi, ofWorkers.reduce((sum, one) => sum + one, 0)];
}
