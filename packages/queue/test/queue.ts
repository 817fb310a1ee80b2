import { randomUUID } from 'node:crypto';
import { graph, type Run, type StageRuntime } from '@codegen/pipeline';
import type { Replies } from '@codegen/testing/models/replies';
import { type Models, scriptModels } from '@codegen/testing/models/scripted-models';
import { collectFaults } from '@codegen/testing/runs/worker-faults';
import { HANG_MS, LOCK_MS, REDIS_TIMEOUT_MS } from '@codegen/testing/timeouts';
import { expect, inject, vi } from 'vitest';
import {
  createRuns,
  type RunningWorker,
  type Runs,
  type StageWorkerOptions,
  startStageWorker,
} from '../src/index.ts';
import { connectBlocking } from '../src/redis/connection.ts';
import { type Keys, keysOf } from '../src/redis/keys.ts';
import { createRunStore, type RunStore } from '../src/runs/run-store.ts';
import type { RunStoreOptions } from '../src/runs/submission.ts';

/** A queue in its own namespace, with a connection to inspect Redis. */
export interface Queue extends AsyncDisposable {
  readonly options: Omit<StageWorkerOptions, 'report'>;
  readonly redis: ReturnType<typeof connectBlocking>;
  readonly keys: Keys;
  readonly runs: Runs;
  /** Faults reported by the workers. */
  readonly faults: Error[];
  startWorker(
    replies?: Replies,
    options?: Partial<StageWorkerOptions>,
    runtime?: Partial<StageRuntime>,
  ): Promise<{ worker: RunningWorker; models: Models }>;
  begin(caller?: string): Promise<string>;
  finished(id: string): Promise<Run>;
  run(id: string): Promise<Run>;
  /** A store of runs on the connection of the test. */
  createStore(limits?: Partial<RunStoreOptions>): RunStore;
  /** Ids of a caller's runs, newest first. */
  idsOf(caller: string): Promise<string[]>;
  /** Keys of the namespace, without its prefix. */
  names(): Promise<string[]>;
}

export const RETENTION_SECONDS = 600;

export function openQueue(own: Partial<StageWorkerOptions> = {}): Queue {
  const namespace = `queue-${randomUUID()}`;
  const redisUrl = inject('redisUrl');
  const timeout = own.redisUrl === undefined ? { redisTimeoutMs: REDIS_TIMEOUT_MS } : {};
  const options = {
    redisUrl,
    ...timeout,
    namespace,
    retentionSeconds: RETENTION_SECONDS,
    concurrency: 50,
    lockMs: LOCK_MS,
    ...own,
  };
  const redis = connectBlocking(options.redisUrl);
  const keys = keysOf(namespace);
  const runs = createRuns(graph, options);
  const faults: Error[] = [];
  const workers: RunningWorker[] = [];
  const queue: Queue = {
    options,
    redis,
    keys,
    runs,
    faults,
    async startWorker(replies = {}, own = {}, ownRuntime = {}) {
      const models = scriptModels(replies);
      const runtime = { ...models, now: Date.now, random: Math.random, ...ownRuntime };
      const report = collectFaults(faults);
      const worker = await startStageWorker(graph, runtime, { ...options, report, ...own });
      workers.push(worker);
      return { worker, models };
    },
    async begin(caller = 'anonymous') {
      // On a loaded machine, the connection may take longer than `connected` waits.
      await until(async () => (await runs.samples()) !== null);
      return (await runs.submit([{ role: 'user', content: 'hello' }], { caller })).id;
    },
    async finished(id) {
      expect(await runs.waitUntilFinished(id, AbortSignal.timeout(HANG_MS))).toBe(true);
      return queue.run(id);
    },
    async run(id) {
      const run = await runs.load(id);
      if (run === null) throw new Error('the run is gone');
      return run;
    },
    createStore: (limits = {}) =>
      createRunStore(graph, redis, keys, { retentionSeconds: RETENTION_SECONDS, ...limits }),
    idsOf: (caller) => redis.zrange(keys.jobs(caller), '0', '-1', 'REV'),
    async names() {
      const all = await redis.keys(`${keys.prefix}:*`);
      return all.map((key) => key.slice(keys.prefix.length + 1)).sort();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()));
      await runs.close();
      redis.disconnect();
    },
  };
  return queue;
}

/** Polls until the condition returns true; an error counts as false. */
export const until = (condition: () => Promise<boolean>) =>
  vi.waitUntil(() => condition().catch(() => false), { timeout: HANG_MS, interval: 10 });
