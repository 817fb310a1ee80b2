import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { type ConsumerEvent, startConsumer } from '@codegen/queue';
import { complexResponse } from '@codegen/testing/case';
import { scriptModels } from '@codegen/testing/models';
import { start } from '@codegen/testing/process';
import { writes } from '@codegen/testing/replies';
import { expect, vi } from 'vitest';
import { generatePath } from '../e2e/service.ts';

const RUNS = 10;
const DEADLINE = { timeout: 50_000, interval: 50 };

/**
 * Takes the Redis away in the middle of runs. An API of its own goes on being asked: it must refuse in time what it
 * cannot take and come back by itself, and whatever it accepted, before or after, must end as if nothing had happened.
 * `strike` is told a key, in case the Redis has more than one place for keys.
 */
export async function survives(redisUrl: string, strike: (key: string) => Promise<void>) {
  const namespace = `o-${randomUUID()}`;
  const struck = Promise.withResolvers<void>();
  const models = scriptModels({
    'generate.direct': async (asked, moments) => {
      await struck.promise;
      return writes(asked, moments);
    },
  });
  const runtime = { ...models, now: Date.now, random: Math.random };
  const failed: Error[] = [];
  const report = (event: ConsumerEvent) => {
    if (event.kind === 'fault' && event.stage !== undefined) failed.push(event.error);
  };
  const options = { redisUrl, namespace, retentionSeconds: 600, concurrency: 50, report };
  await using _one = await startConsumer(graph, runtime, options);
  await using _other = await startConsumer(graph, runtime, options);
  const env = { REDIS_URL: redisUrl, QUEUE_NAMESPACE: namespace, PORT: '0' };
  await using api = start('apps/api/src/main.ts', [], env);
  const [, url = ''] = await api.said(/"url":"(http:[^"]+)"/);
  const get = (path: string, headers = {}) => fetch(`${url}${path}`, { headers });
  const accepted: string[] = [];
  let asked = 0;
  const ask = async () => {
    const path = generatePath(`Print a name, number ${asked++}`);
    const { status, headers } = await get(path, { Prefer: 'respond-async' });
    if (status === 202) accepted.push(headers.get('Location') ?? '');
    return status;
  };
  await vi.waitUntil(async () => (await get('/readyz')).status === 200, DEADLINE);

  for (let index = 0; index < RUNS; index++) expect(await ask()).toBe(202);
  const inHand = () => models.calls.filter(({ stage }) => stage === 'generate.direct').length;
  await vi.waitUntil(() => inHand() === RUNS, DEADLINE);
  await strike(`{${namespace}}`);
  struck.resolve();

  await vi.waitUntil(async () => (await ask()) === 503, DEADLINE);
  await vi.waitUntil(async () => (await ask()) === 202, DEADLINE);
  for (const location of accepted) {
    const job = await vi.waitUntil(async () => {
      const response = await get(location);
      const body = response.ok ? ((await response.json()) as { finishedAt: string | null }) : null;
      return body?.finishedAt ? body : null;
    }, DEADLINE);
    expect(job).toMatchObject({ status: 'completed', degraded: [], result: complexResponse() });
  }
  // Workers waited for Redis: a stage that fails would have its call, which is paid for, made again.
  expect(failed).toEqual([]);
}
