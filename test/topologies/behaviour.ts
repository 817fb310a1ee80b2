import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { createRuns, type Runs, type StageWorkerEvent, startStageWorker } from '@codegen/queue';
import { hangs, writes } from '@codegen/testing/models/replies';
import { type Models, scriptModels } from '@codegen/testing/models/scripted-models';
import { start } from '@codegen/testing/process/program';
import { complexResponse } from '@codegen/testing/runs/case';
import { HANG_MS, LOCK_MS, REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { describe, expect, test, vi } from 'vitest';
import { bullmqExecutor } from '../conformance/executors/bullmq.ts';
import { conformance } from '../conformance/suite.ts';
import { generatePath } from '../e2e/service.ts';

/** Declares the conformance suite on the Redis at an address. */
export const describeConformance = (url: () => string) => conformance('runs', bullmqExecutor(url));

/** Declares tests of registration and hand-over of workers, which use all kinds of connections. */
export function describeWorkers(url: () => string) {
  describe('workers', () => {
    test('are counted while they run', async () => {
      await using queue = await createQueue(url());
      const models = scriptModels({});
      expect(await queue.runs.workers()).toEqual({ stages: 0 });
      const first = await queue.startWorker(models);
      await using _second = await queue.startWorker(models);
      await waitForWorkers(queue.runs, 2);
      await first.close();
      await waitForWorkers(queue.runs, 1);
    });

    test('return their stages to the queue when they stop', async () => {
      await using queue = await createQueue(url());
      const busy = scriptModels({ 'generate.direct': hangs, interpret: hangs });
      const leaving = await queue.startWorker(busy);
      const { id } = await queue.runs.submit(fromQuery('Print a name'));
      await Promise.all([busy.whenCalled('generate.direct'), busy.whenCalled('interpret')]);

      const staying = scriptModels({ 'generate.direct': writes });
      await using _worker = await queue.startWorker(staying);
      await leaving.close();
      expect(await queue.runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS))).toBe(true);
      const run = await queue.runs.load(id);
      expect(run?.outcome).toMatchObject({ status: 'completed', response: complexResponse(), degraded: [] });
      expect(busy.calls.map(({ stage }) => stage).sort()).toEqual([
        'classify',
        'generate.direct',
        'interpret',
      ]);
      expect(busy.calls.filter(({ ended }) => ended === 'aborted')).toHaveLength(2);
    });
  });
}

/** Creates a queue with its own namespace. */
async function createQueue(redisUrl: string) {
  const queue = {
    redisUrl,
    redisTimeoutMs: REDIS_TIMEOUT_MS,
    namespace: `operation-${randomUUID()}`,
    retentionSeconds: 600,
  };
  const runs = createRuns(graph, queue);
  await runs.connected();
  return {
    runs,
    startWorker: (models: Models) =>
      startStageWorker(
        graph,
        { ...models, now: Date.now, random: Math.random },
        {
          ...queue,
          concurrency: 20,
          lockMs: LOCK_MS,
          report: (event) => {
            if (event.kind === 'fault') throw event.error;
          },
        },
      ),
    [Symbol.asyncDispose]: () => runs.close(),
  };
}

const waitForWorkers = (runs: Runs, count: number) =>
  vi.waitUntil(async () => (await runs.workers()).stages === count, { timeout: 20_000, interval: 20 });

const RUNS = 10;

/** A sentinel that was not scheduled for 2 s fails nothing over for 30 s; a failed vote is repeated after 10 s. */
const DEADLINE = { timeout: 150_000, interval: 50 };

/**
 * Interrupts Redis during runs. The API must refuse requests while Redis is unavailable and recover by itself, and every
 * accepted run must complete. `interrupt` receives a key that identifies the node to interrupt.
 */
export async function expectRecovery(redisUrl: string, interrupt: (key: string) => Promise<void>) {
  const namespace = `o-${randomUUID()}`;
  const interrupted = Promise.withResolvers<void>();
  const models = scriptModels({
    'generate.direct': async (call, moments) => {
      await interrupted.promise;
      return writes(call, moments);
    },
  });
  const runtime = { ...models, now: Date.now, random: Math.random };
  const failed: Error[] = [];
  const report = (event: StageWorkerEvent) => {
    if (event.kind === 'fault' && event.stage !== undefined) failed.push(event.error);
  };
  const options = { redisUrl, namespace, retentionSeconds: 600, concurrency: 50, report };
  await using _one = await startStageWorker(graph, runtime, options);
  await using _other = await startStageWorker(graph, runtime, options);
  const env = { REDIS_URL: redisUrl, QUEUE_NAMESPACE: namespace, PORT: '0' };
  await using api = start('apps/api/src/main.ts', [], env);
  const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
  const get = (path: string, headers = {}) => fetch(`${url}${path}`, { headers });
  const accepted: string[] = [];
  let submitted = 0;
  const submit = async () => {
    const path = generatePath(`Print a name, number ${submitted++}`);
    const { status, headers } = await get(path, { Prefer: 'respond-async' });
    if (status === 202) accepted.push(headers.get('Location') ?? '');
    return status;
  };
  await vi.waitUntil(async () => (await get('/readyz')).status === 200, DEADLINE);

  for (let index = 0; index < RUNS; index++) expect(await submit()).toBe(202);
  const runningStages = () => models.calls.filter(({ stage }) => stage === 'generate.direct').length;
  await vi.waitUntil(() => runningStages() === RUNS, DEADLINE);
  await interrupt(`{${namespace}}`);
  interrupted.resolve();

  await vi.waitUntil(async () => (await submit()) === 503, DEADLINE);
  await vi.waitUntil(async () => (await submit()) === 202, DEADLINE);
  for (const location of accepted) {
    const job = await vi.waitUntil(async () => {
      const response = await get(location);
      const body = response.ok ? ((await response.json()) as { finishedAt: string | null }) : null;
      return body?.finishedAt ? body : null;
    }, DEADLINE);
    expect(job).toMatchObject({ status: 'completed', degraded: [], result: complexResponse() });
  }
  // A stage that fails during the outage would repeat its paid call.
  expect(failed).toEqual([]);
}
