import { once } from 'node:events';
import { finishEarly, type Graph } from '@codegen/pipeline';
import type { QueueOptions } from './config.ts';
import { createFlows } from './flow/flow.ts';
import { createNewRuns } from './flow/new-runs.ts';
import { createQueueStateReader } from './flow/queue-state.ts';
import { queuesOf } from './flow/queues.ts';
import { createAbandonmentScan, createClientLeases } from './presence/client-leases.ts';
import { countWorkers } from './presence/worker-heartbeats.ts';
import { createRedisClock } from './redis/clock.ts';
import { connectBlocking, connectFailFast, lastErrorOf, TIMEOUT_MS } from './redis/connection.ts';
import { diagnose } from './redis/diagnose.ts';
import { keysOf } from './redis/keys.ts';
import {
  type CallerLimits,
  createRateLimit,
  createUsageReader,
  type Quota,
  setIntake,
} from './runs/caller-limits.ts';
import { createFinishedRuns } from './runs/finished-runs.ts';
import { createEventSubscribers, createFollowRun } from './runs/run-events.ts';
import { listRuns } from './runs/run-list.ts';
import { createRunStore } from './runs/run-store.ts';
import { createStoredPrompts } from './runs/stored-prompts.ts';
import { createThreads } from './runs/threads.ts';
import { createOutbox } from './webhooks/outbox.ts';

/** Redis is unavailable or did not reply in time; the same call may succeed shortly. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

const ABANDONMENT_SCAN_MS = 1_000;

/** Lifetime of the key that shows that Redis accepts writes, in ms. */
const WRITE_PROBE_MS = 1;

export type Runs = ReturnType<typeof createRuns>;

/** The API's side of the queue. Methods throw `QueueUnavailable` while Redis is unavailable, unless noted. */
export function createRuns(
  graph: Graph,
  {
    redisUrl,
    redisTimeoutMs = TIMEOUT_MS,
    namespace,
    roleQueues = {},
    disconnectGraceSeconds = 10,
    abandonmentScanMs = ABANDONMENT_SCAN_MS,
    startsPerMinute,
    contextTokens,
    onFinish,
    ...limits
  }: QueueOptions,
) {
  const keys = keysOf(namespace);
  const redis = connectFailFast(redisUrl, redisTimeoutMs);
  const clock = createRedisClock(redis);
  const subscriptions = connectBlocking(redisUrl);
  const outbox = createOutbox(redis, keys);
  const store = createRunStore(graph, redis, keys, limits, outbox, onFinish);
  const threads = createThreads(redis, keys, store, contextTokens);
  const prompts = createStoredPrompts(graph, redis, keys);
  const flows = createFlows(graph, redis, keys.prefix, roleQueues);
  const finishedRuns = createFinishedRuns(subscriptions, keys, store.isFinishedOrGone);
  const subscribers = createEventSubscribers(redis, subscriptions, keys);
  const clientLeases = createClientLeases(redis, keys, disconnectGraceSeconds * 1_000);
  const cancelAbandonedRuns = createAbandonmentScan(redis, keys, store);
  const scanning = setInterval(() => void cancelAbandonedRuns().catch(() => {}), abandonmentScanMs).unref();
  const rateLimit = createRateLimit(redis, keys);
  const readUsage = createUsageReader(redis, keys, rateLimit);
  const limitsOf = (caller: string): CallerLimits => ({
    requestsPerMinute: startsPerMinute,
    openJobs: limits.maxOpenOfCaller,
    ...limits.limitsOf?.(caller),
  });
  const newRuns = createNewRuns({ graph, clock, store, threads, flows, limitsOf });

  const queues = queuesOf(roleQueues);
  const readState = createQueueStateReader({ redis, keys, flows, outbox, queues });

  /** Methods that throw `QueueUnavailable`. BullMQ waits while the connection is down; the API must fail at once. */
  const guard = <M extends Record<string, (...args: never[]) => Promise<unknown>>>(methods: M): M => {
    const guarded = Object.entries(methods).map(([name, method]) => {
      const call = async (...args: never[]) => {
        if (redis.status !== 'ready')
          throw new QueueUnavailable('Redis is not connected', { cause: lastErrorOf(redis) });
        return method(...args).catch((error) => {
          throw new QueueUnavailable('Redis did not answer', { cause: error });
        });
      };
      return [name, call];
    });
    return Object.fromEntries(guarded);
  };
  const { countStart } = guard({ countStart: rateLimit.count });

  async function remove(id: string, caller: string, threadId = id): Promise<boolean> {
    const isRemoved = await store.forget(id, caller, 'finished', threadId);
    if (isRemoved) await flows.remove(id);
    return isRemoved;
  }

  return {
    /** Resolves when Redis is connected or after `redisTimeoutMs`. Never rejects. */
    async connected(): Promise<void> {
      if (redis.status === 'ready') return;
      await once(redis, 'ready', { signal: AbortSignal.timeout(redisTimeoutMs) }).catch(() => {});
    },
    limitsOf,
    /** Counts a request of a caller that may start a run; null if there is no limit. */
    async countStart(caller: string): Promise<Quota | null> {
      const limit = limitsOf(caller).requestsPerMinute;
      return limit === undefined ? null : countStart(caller, limit);
    },
    waitUntilFinished: finishedRuns.wait,
    follow: createFollowRun(redis, subscribers, keys),
    registerClient: clientLeases.registerClient,

    ...guard({
      submit: newRuns.submit,
      rerun: newRuns.rerun,
      load: store.loadWithUsage,
      prompts: prompts.load,
      /** A page of a caller's runs, newest first. */
      list: listRuns.bind(null, { redis, keys, store }),
      /** Deletes everything stored about a finished run. False if the run has not finished. */
      remove,
      threads: threads.list,
      thread: threads.load,
      /** Deletes all runs of a caller's thread. False if one has not finished: then it deletes none. */
      async removeThread(id: string, caller: string): Promise<boolean> {
        const ids = await threads.ids(id);
        const summaries = await Promise.all(ids.map(store.summary));
        if (summaries.includes(null)) return false;
        for (const run of ids) await remove(run, caller, id);
        return true;
      },
      rememberAnswer: threads.rememberAnswer,
      findAnswer: threads.findAnswer,
      /** Cancels a run: its calls are aborted, its queued stages never start. False if it had finished or is gone. */
      cancel: async (id: string): Promise<boolean> =>
        (await store.finish(id, { status: 'cancelled' }, clock.now())) === 'finished',
      /**
       * Finishes a run with its best code so far; its calls are aborted.
       * @returns `already-finished` if the run had finished or is gone, `no-code` if it has no code yet
       */
      async accept(id: string): Promise<'finished' | 'already-finished' | 'no-code'> {
        const run = await store.load(id);
        if (run === null || run.outcome !== null) return 'already-finished';
        const outcome = finishEarly(graph, run);
        if (outcome === null) return 'no-code';
        const reply = await store.finish(id, outcome, clock.now(), run.files);
        return reply === 'finished' ? 'finished' : 'already-finished';
      },
      redeliver: outbox.redeliver,
      usage: (caller: string) => readUsage(caller, limitsOf(caller)),
      setIntake: setIntake.bind(null, redis, keys),
      samples: store.samples,
      /** Number of live workers of each queue. */
      workers: () => countWorkers(redis, keys, queues),
      /** What all processes share, for monitoring. */
      state: readState,
      /** State of Redis. The error that is thrown if Redis refuses writes has Redis' own error as its cause. */
      async diagnose() {
        await redis.set(keys.writeProbe, '1', 'PX', WRITE_PROBE_MS);
        return diagnose(redis);
      },
    }),

    async close(): Promise<void> {
      clearInterval(scanning);
      clock.close();
      clientLeases.close();
      subscribers.close();
      await finishedRuns.close();
      await flows.close();
      await outbox.close();
      redis.disconnect();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await this.close();
    },
  };
}
