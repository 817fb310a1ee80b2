import { randomUUID } from 'node:crypto';
import { fromQuery, graph } from '@codegen/pipeline';
import { createRuns, type Runs, startConsumer } from '@codegen/queue';
import { complexResponse } from '@codegen/testing/case';
import { type Models, scriptModels } from '@codegen/testing/models';
import { hangs, writes } from '@codegen/testing/replies';
import { describe, expect, test, vi } from 'vitest';
import { bullmqExecutor } from '../conformance/bullmq.ts';
import { conformance } from '../conformance/suite.ts';

/** Declares every case of the graph on whatever Redis is at an address. */
export const carriesRuns = (url: () => string) => conformance('runs', bullmqExecutor(url));

/** Declares what workers are to each other, which takes all the kinds of connections that there are. */
export function servesWorkers(url: () => string) {
  describe('workers', () => {
    test('are counted while they are there', async () => {
      await using site = await openSite(url());
      const models = scriptModels({});
      expect(await site.runs.workers()).toEqual({ stages: 0 });
      const first = await site.hire(models);
      await using _second = await site.hire(models);
      await counted(site.runs, 2);
      await first.close();
      await counted(site.runs, 1);
    });

    test('that stop hand their stages to those that stay', async () => {
      await using site = await openSite(url());
      const busy = scriptModels({ 'generate.direct': hangs, interpret: hangs });
      const leaving = await site.hire(busy);
      const id = await site.runs.create(fromQuery('Print a name'));
      await Promise.all([busy.whenCalled('generate.direct'), busy.whenCalled('interpret')]);

      const staying = scriptModels({ 'generate.direct': writes });
      await using _worker = await site.hire(staying);
      await leaving.close();
      expect(await site.runs.finished(id, AbortSignal.timeout(50_000))).toBe(true);
      const run = await site.runs.load(id);
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

/** The two sides of a queue of its own. */
async function openSite(redisUrl: string) {
  const queue = { redisUrl, namespace: `operation-${randomUUID()}`, retentionSeconds: 600 };
  const runs = createRuns(graph, queue);
  await runs.connected();
  return {
    runs,
    hire: (models: Models) =>
      startConsumer(
        graph,
        { ...models, now: Date.now, random: Math.random },
        {
          ...queue,
          concurrency: 20,
          report: (event) => {
            if (event.kind === 'fault') throw event.error;
          },
        },
      ),
    [Symbol.asyncDispose]: () => runs.close(),
  };
}

const counted = (runs: Runs, count: number) =>
  vi.waitUntil(async () => (await runs.workers()).stages === count, { timeout: 20_000, interval: 20 });
