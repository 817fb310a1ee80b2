import { randomUUID } from 'node:crypto';
import { graph as defaultGraph, type Run } from '@codegen/pipeline';
import {
  createRuns,
  type RoleQueues,
  type RunningWorker,
  type StageWorkerOptions,
  startStageWorker,
} from '@codegen/queue';
import type { StartExecutor } from '@codegen/testing/runs/executor';
import { collectFaults } from '@codegen/testing/runs/worker-faults';
import { HANG_MS, LOCK_MS, REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { expect } from 'vitest';

/** With two consumers, the stages of one run are processed by both. */
const CONSUMERS = 2;

/**
 * The executor of production: BullMQ on Redis.
 * @param redisUrl evaluated when a case starts
 * @param roleQueues roles whose stages have their own queue
 * @param graph the pipeline that is executed
 * @param own further options of the workers
 */
export const bullmqExecutor =
  (
    redisUrl: () => string,
    roleQueues: RoleQueues = {},
    graph = defaultGraph,
    own: Partial<StageWorkerOptions> = {},
  ): StartExecutor =>
  async (caseRuntime) => {
    const runtime = { ...caseRuntime, random: Math.random };
    const queue = {
      redisUrl: redisUrl(),
      redisTimeoutMs: REDIS_TIMEOUT_MS,
      namespace: `conformance-${randomUUID()}`,
      retentionSeconds: 600,
      roleQueues,
    };
    const faults: Error[] = [];
    const options = {
      ...queue,
      concurrency: 20,
      lockMs: LOCK_MS,
      report: collectFaults(faults),
      ...own,
    };
    const runs = createRuns(graph, queue);
    await runs.connected();
    // Started with the first run, after a cancellation that was there before it: what is queued must not begin then.
    let consumers: Promise<RunningWorker[]> | undefined;
    const start = () =>
      Promise.all(Array.from({ length: CONSUMERS }, () => startStageWorker(graph, runtime, options)));

    const finished = async (id: string): Promise<Run> => {
      expect(await runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS))).toBe(true);
      const run = await runs.load(id);
      if (run === null) throw new Error(`run ${id} does not exist`);
      return run;
    };

    return {
      async run(conversation, { signal, options = {}, files = [] } = {}) {
        const { id } = await runs.submit(conversation, { caller: 'conformance', options, files });
        const cancel = () => runs.cancel(id);
        if (signal?.aborted) await cancel();
        consumers ??= start();
        signal?.addEventListener('abort', cancel);
        return finished(id);
      },
      async followUp({ id }, conversation) {
        const submitted = await runs.submit(conversation, { caller: 'conformance', previousJobId: id });
        return finished(submitted.id);
      },
      async rerun({ id }, from) {
        const run = await runs.load(id);
        const request = { models: {}, idempotencyKey: null };
        const submission = run && (await runs.rerun(run, from, request));
        if (!submission) throw new Error(`${from} is no stage of the run ${id}`);
        return finished(submission.id);
      },
      async [Symbol.asyncDispose]() {
        for (const consumer of (await consumers) ?? []) await consumer.close();
        await runs.close();
        expect(faults).toEqual([]);
      },
    };
  };
