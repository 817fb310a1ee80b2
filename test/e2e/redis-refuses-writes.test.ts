import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { startSimulator } from '@codegen/simulator';
import { describeWithServers } from '@codegen/testing/network/programs';
import { type Server, startServer } from '@codegen/testing/network/server';
import { type Program, start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, test, vi } from 'vitest';
import { generatePath, SIMPLE } from './service.ts';

const DEADLINE = { timeout: HANG_MS, interval: 50 };
const JOBS = 20;

/** Ways to make a Redis refuse writes and to make it accept them again. */
const CAUSES = [
  {
    error: 'OOM',
    detail: /^Redis is full and refuses writes\. Raise its maxmemory/,
    warning: /^Redis memory: .* raise maxmemory/,
    refuse: (redis: Server) => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
    accept: (redis: Server) => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    error: 'MISCONF',
    detail: /^Redis cannot write its data to disk and refuses writes\. Free space/,
    warning: /^Redis persistence: the last snapshot could not be written; free space/,
    async refuse(redis: Server) {
      await redis.command('CONFIG', 'SET', 'save', '3600 1');
      const [, dir = ''] = (await redis.command('CONFIG', 'GET', 'dir')).split('\n');
      await rm(dir, { recursive: true });
      await redis.command('BGSAVE');
      const hasFailed = async () => /^rdb_last_bgsave_status:err/m.test(await redis.command('INFO'));
      await vi.waitUntil(hasFailed, DEADLINE);
    },
    accept: (redis: Server) => redis.command('CONFIG', 'SET', 'save', ''),
  },
];

describeWithServers('a Redis that refuses writes', (programs) => {
  test.concurrent.each(CAUSES)(
    'with $error is named in logs and /readyz, workers back off, and all jobs complete afterwards',
    async ({ error, detail, warning, refuse, accept }) => {
      await using redis = await startServer(programs);
      await using simulator = await startSimulator({});
      const env = {
        REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        QUEUE_NAMESPACE: `e2e-${randomUUID()}`,
        BASE_URL: simulator.baseUrl,
        WORKER_CONCURRENCY: '2',
      };
      await using api = start('apps/api/src/main.ts', [], { ...env, PORT: '0' });
      const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
      await api.waitForOutput(/"msg":"Redis persistence: none: all jobs are lost when Redis stops; set/);
      const headers = { Prefer: 'respond-async' };
      const submit = async () =>
        (await fetch(url + generatePath(SIMPLE), { headers })).headers.get('Location');
      const jobs = await Promise.all(Array.from({ length: JOBS }, submit));

      await refuse(redis);
      await using worker = start('apps/worker/src/main.ts', [], env);
      await worker.waitForOutput(new RegExp(`"fault".*|.*${error}.*"fault"`));
      const [from, since] = [await errorsOf(redis, error), Date.now()];
      await vi.waitUntil(async () => (await errorsOf(redis, error)) > from + 4, DEADLINE);
      // Without backoff these are a few milliseconds.
      expect(Date.now() - since).toBeGreaterThan(400);
      const messages = faultsOf(worker, error);
      expect(messages.length).toBeGreaterThan(0);
      expect(new Set(messages).size).toBe(messages.length);
      await worker.waitForOutput(new RegExp(`"msg":"${warning.source.slice(1)}`));
      const ready = await fetch(`${url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        type: '/problems/queue-unavailable',
        detail: expect.stringMatching(detail),
      });

      await accept(redis);
      for (const job of jobs) {
        const isCompleted = async () => {
          const { status } = (await (await fetch(`${url}${job}`)).json()) as { status: string };
          return status === 'completed';
        };
        await vi.waitUntil(isCompleted, DEADLINE);
      }
      const isReady = async () => (await fetch(`${url}/readyz`)).status === 200;
      await vi.waitUntil(isReady, DEADLINE);
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
        warnings: [expect.stringMatching(/^Redis persistence: none/)],
      });
    },
  );
});

/** How many commands Redis has refused with an error. */
async function errorsOf(redis: Server, error: string): Promise<number> {
  const stats = await redis.command('INFO', 'errorstats');
  return Number(new RegExp(`^errorstat_${error}:count=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
}

/** Messages of the faults of a kind in the log of a program. */
const faultsOf = (program: Program, error: string): string[] =>
  program
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"fault"') && line.includes(error))
    .map((line) => (JSON.parse(line) as { err: { message: string } }).err.message);
