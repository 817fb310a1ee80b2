import { randomUUID } from 'node:crypto';
import { graph } from '@codegen/pipeline';
import { createRuns, type RoleQueues, type RunningWorker, startStageWorker } from '@codegen/queue';
import type { StartExecutor } from '@codegen/testing/executor';
import { expect } from 'vitest';

/** Two consumers, so that the stages of a run are taken by more than one. */
const CONSUMERS = 2;

/**
 * Runs as they are carried out in production.
 * @param redisUrl known when the first case starts
 * @param roleQueues roles with queues of their own: where a stage waits makes no difference
 */
export const bullmqExecutor =
  (redisUrl: () => string, roleQueues: RoleQueues = {}): StartExecutor =>
  async (given) => {
    const runtime = { ...given, random: Math.random };
    const queue = {
      redisUrl: redisUrl(),
      namespace: `conformance-${randomUUID()}`,
      retentionSeconds: 600,
      roleQueues,
    };
    const faults: Error[] = [];
    const options = {
      ...queue,
      concurrency: 20,
      report: (event: { kind: string; error?: Error }) => event.error && faults.push(event.error),
    };
    const runs = createRuns(graph, queue);
    await runs.connected();
    // Started with the first run, after a cancellation that was there before it: what is queued must not begin then.
    let consumers: Promise<RunningWorker[]> | undefined;
    const start = () =>
      Promise.all(Array.from({ length: CONSUMERS }, () => startStageWorker(graph, runtime, options)));

    return {
      async run(conversation, { signal, options = {} } = {}) {
        const { id } = await runs.submit(conversation, { caller: 'conformance', options });
        const cancel = () => runs.cancel(id);
        if (signal?.aborted) await cancel();
        consumers ??= start();
        signal?.addEventListener('abort', cancel);
        expect(await runs.finished(id, AbortSignal.timeout(50_000))).toBe(true);
        const run = await runs.load(id);
        if (run === null) throw new Error('the run is gone');
        return run;
      },
      async [Symbol.asyncDispose]() {
        for (const consumer of (await consumers) ?? []) await consumer.close();
        await runs.close();
        expect(faults).toEqual([]);
      },
    };
  };
