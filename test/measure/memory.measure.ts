import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { startStageWorker } from '@codegen/queue';
import { fenced, prefers, reply } from '@codegen/testing/models/replies';
import { scriptModels } from '@codegen/testing/models/scripted-models';
import { start } from '@codegen/testing/process/program';
import { test, vi } from 'vitest';
import { generatePath } from '../e2e/service.ts';
import { type MeasuredRedis, printRow, runConcurrently, startRedis } from './measurement.ts';

const RUNS = 1_000;
const QUERIES = [100, 1_000, 8_000];
const ANSWERS = [1_000, 10_000];

test('Redis memory per run', async () => {
  printRow('runs', 'query, characters', 'code per stage, characters', 'KiB per run');
  printRow('---', '---:', '---:', '---:');
  for (const query of QUERIES) {
    await using redis = await startRedis();
    const queue = await startQueue(redis);
    printRow('waiting, without a worker', query, '–', await queue.growth(() => queue.submit(query)));
  }
  for (const route of ['simple', 'complex']) {
    for (const answer of ANSWERS) {
      await using redis = await startRedis();
      await using queue = await startQueue(redis);
      await using _worker = await startStageWorker(graph, createModels(route, answer), queue.options);
      await queue.submit(100);
      await queue.empty();
      const grown = await queue.growth(async () => {
        await queue.submit(100);
        await queue.empty();
      });
      printRow(`finished, ${route}`, 100, answer, grown);
    }
  }
});

async function startQueue(redis: MeasuredRedis) {
  const namespace = `m-${randomUUID()}`;
  const env = { REDIS_URL: redis.url, QUEUE_NAMESPACE: namespace, PORT: '0' };
  const api = start('apps/api/src/main.ts', [], env);
  const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
  const memory = () => redis.info('memory', 'used_memory');
  const waiting = async () => {
    const lists = ['wait', 'active'].map((list) =>
      redis.server.command('LLEN', `{${namespace}}:stages:${list}`),
    );
    const sets = ['delayed', 'waiting-children'].map((set) =>
      redis.server.command('ZCARD', `{${namespace}}:stages:${set}`),
    );
    return (await Promise.all([...lists, ...sets])).reduce((sum, count) => sum + Number(count), 0);
  };
  return {
    options: { redisUrl: redis.url, namespace, retentionSeconds: 3_600, concurrency: 200, report: () => {} },
    submit: (characters: number) =>
      runConcurrently(RUNS, 50, async (index) => {
        const path = generatePath(`${index} `.padEnd(characters, 'w'));
        const { status } = await fetch(`${url}${path}`, { headers: { Prefer: 'respond-async' } });
        if (status !== 202) throw new Error(`unexpected status ${status}`);
      }),
    empty: () => vi.waitUntil(async () => (await waiting()) === 0, { timeout: 300_000, interval: 200 }),
    async growth(act: () => Promise<unknown>) {
      const before = await memory();
      await act();
      return (((await memory()) - before) / RUNS / 1_024).toFixed(1);
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

/** Models that answer immediately with `characters` of code per stage. */
function createModels(route: string, characters: number) {
  const code = reply(fenced('x'.repeat(characters)));
  const writers = [
    'answer',
    'generate.direct',
    'generate.interpreted',
    'enhance.direct',
    'enhance.interpreted',
    'polish',
  ];
  const replies = Object.fromEntries(writers.map((stage) => [stage, code]));
  const models = scriptModels({ ...replies, classify: reply(route), compare: prefers('enhance.direct') });
  return { ...models, now: Date.now, random: Math.random };
}
