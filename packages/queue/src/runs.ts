import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Conversation, Graph, Run } from '@codegen/pipeline';
import { FlowProducer } from 'bullmq';
import { connectImpatiently, connectPatiently } from './connection.ts';
import { flowsOf } from './flow.ts';
import { keysOf } from './keys.ts';
import { countWorkers } from './presence.ts';
import { queuesOf, type RoleQueues } from './queues.ts';
import { openRunLog, type RunLog } from './run-log.ts';
import { openRunStore } from './run-store.ts';
import { openSettlements } from './settlements.ts';

/** Redis is away or does not answer in time; the same call may succeed shortly. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** Milliseconds a start waits for Redis. */
const CONNECT_MS = 1_500;

export interface QueueOptions {
  readonly redisUrl: string;
  /** Keeps services apart that share a Redis. */
  readonly namespace: string;
  /** Seconds a run is kept after it ended. */
  readonly retentionSeconds: number;
  /** Roles with a queue of their own, the same for all processes; none by default. */
  readonly roleQueues?: RoleQueues;
}

/** The client's side of the queue: starts runs, reads them, waits for them. */
export interface Runs extends AsyncDisposable {
  /** Resolves when Redis is connected, or after a moment without it: everything else works or fails at once by itself. */
  connected(): Promise<void>;
  /** @returns the run's id. @throws QueueUnavailable, after which the run does not exist. */
  create(conversation: Conversation): Promise<string>;
  load(id: string): Promise<Run | null>;
  /** Resolves true when the run is settled, false when `signal` aborts first; never rejects. */
  settled(id: string, signal: AbortSignal): Promise<boolean>;
  /** Tells what happened to a run and what happens, from a point of its own sequence on; 0 is the beginning. */
  follow: RunLog['follow'];
  /** Ends a run that has not ended: its calls are aborted, its queued stages never start. False if it was over. */
  cancel(id: string): Promise<boolean>;
  /** How many workers of each queue have been heard of lately. @throws QueueUnavailable */
  workers(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export function openRuns(
  graph: Graph,
  { redisUrl, namespace, retentionSeconds, roleQueues = {} }: QueueOptions,
): Runs {
  const keys = keysOf(namespace);
  const redis = connectImpatiently(redisUrl);
  const subscriber = connectPatiently(redisUrl);
  const store = openRunStore(graph, redis, keys, retentionSeconds);
  const flows = flowsOf(graph, roleQueues, keys.prefix);
  const producer = new FlowProducer({ connection: redis, prefix: keys.prefix, skipVersionCheck: true });
  producer.on('error', () => {});
  const settlements = openSettlements(subscriber, keys, store.isSettled);
  const log = openRunLog(redis, subscriber, keys);

  // BullMQ waits for a connection that is down; whoever waits for us must be told at once.
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    if (redis.status !== 'ready') throw new QueueUnavailable('Redis is not connected');
    try {
      return await act();
    } catch (error) {
      throw new QueueUnavailable('Redis did not answer', { cause: error });
    }
  };

  return {
    async connected() {
      await once(redis, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) }).catch(() => {});
    },
    async create(conversation) {
      const id = randomUUID();
      const run = { id, conversation, seed: randomInt(2 ** 32), createdAt: Date.now() };
      await guarded(async () => {
        // One connection keeps the order: the run is there before any worker can see its first stage.
        const outcomes = await Promise.allSettled([store.create(run), producer.add(flows.start(id))]);
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed === undefined) return;
        // Without its hash a run that was queued all the same is nothing: its first stage ends it unasked.
        await store.remove(id).catch(() => {});
        throw failed.reason;
      });
      return id;
    },
    load: (id) => guarded(() => store.load(id)),
    settled: (id, signal) => settlements.wait(id, signal),
    follow: log.follow,
    cancel: (id) => guarded(() => store.settle(id, { status: 'cancelled' }, Date.now())),
    workers: () =>
      guarded(async () => {
        const counts = queuesOf(roleQueues).map(async (queue) => [
          queue,
          await countWorkers(redis, keys, queue),
        ]);
        return Object.fromEntries(await Promise.all(counts));
      }),
    async close() {
      await settlements.close();
      await producer.close();
      redis.disconnect();
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
