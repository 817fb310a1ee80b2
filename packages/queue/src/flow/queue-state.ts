import { type Breaker, breakerState } from '@codegen/pipeline';
import { Queue } from 'bullmq';
import type { QueueOptions } from '../config.ts';
import { subjectOf } from '../models/breakers.ts';
import { modelOf } from '../models/cooldowns.ts';
import { countWorkers } from '../presence/worker-heartbeats.ts';
import { type Connection, connectFailFast } from '../redis/connection.ts';
import { type Keys, keysOf } from '../redis/keys.ts';
import type { Flows } from './flow.ts';
import { queuesOf, WEBHOOKS } from './queues.ts';

/** What all processes share through Redis. */
export interface QueueState {
  /** When new runs were first refused, in ms since 1970; null if they are accepted. */
  readonly intakePausedAt: number | null;
  /** By queue. */
  readonly stages: Readonly<Record<string, StageCounts>>;
  /** Live workers by queue. */
  readonly workers: Readonly<Record<string, number>>;
  /** Runs that have not finished. */
  readonly openRuns: number;
  /** Runs that no worker has started. */
  readonly waitingRuns: number;
  /** Age of the oldest of them in ms; 0 if there is none. */
  readonly oldestWaitingMs: number;
  /** Webhook deliveries that are not over. */
  readonly webhooks: number;
  /** Breakers that are not closed, and models that are cooling down. */
  readonly breakers: readonly ModelBreaker[];
  readonly cooldowns: Readonly<Record<string, number>>;
}

/** Number of stages by state. */
export interface StageCounts {
  /** A worker could take them now. */
  readonly waiting: number;
  readonly active: number;
  /** They wait for their next attempt. */
  readonly delayed: number;
  /** They wait for their inputs. */
  readonly blocked: number;
  /** They failed for good; as many as `KEEP_FINISHED_JOBS` keeps. */
  readonly failed: number;
}

export interface ModelBreaker {
  /** Null for the breaker of an account. */
  readonly model: string | null;
  readonly state: 'open' | 'half-open';
}

interface Parts {
  readonly redis: Connection;
  readonly keys: Keys;
  readonly flows: Pick<Flows, 'queue'>;
  readonly outbox: { backlog(): Promise<number> };
  readonly queues: readonly string[];
}

/** Reads counts, not jobs: the effort does not depend on the number of jobs. */
export function createQueueStateReader({ redis, keys, flows, outbox, queues }: Parts) {
  async function countStages(queue: string): Promise<StageCounts> {
    const states = ['wait', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;
    const counts = await flows.queue(queue).getJobCounts(...states);
    const of = (state: (typeof states)[number]) => counts[state] ?? 0;
    return {
      waiting: of('wait') + of('prioritized'),
      active: of('active'),
      delayed: of('delayed'),
      blocked: of('waiting-children'),
      failed: of('failed'),
    };
  }

  return async (): Promise<QueueState> => {
    const [paused, stages, alive, openRuns, waitingRuns, oldest, webhooks, breakers, cooldowns] =
      await Promise.all([
        redis.get(keys.intakePaused),
        Promise.all(queues.map(async (queue) => [queue, await countStages(queue)] as const)),
        countWorkers(redis, keys, queues),
        redis.zcard(keys.open),
        redis.zcard(keys.waiting),
        redis.zrange(keys.waiting, '0', '0', 'WITHSCORES'),
        outbox.backlog(),
        redis.hgetall(keys.breakers),
        redis.hgetall(keys.cooldowns),
      ]);
    const now = Date.now();
    const remaining = Object.entries(cooldowns).map(
      ([name, until]) => [modelOf(name), Number(until) - now] as const,
    );
    return {
      intakePausedAt: paused === null ? null : Number(paused),
      stages: Object.fromEntries(stages),
      workers: alive,
      openRuns,
      waitingRuns,
      oldestWaitingMs: oldest[1] === undefined ? 0 : Math.max(0, now - Number(oldest[1])),
      webhooks,
      breakers: Object.entries(breakers).flatMap(([name, json]) => readBreaker(name, json, now)),
      cooldowns: Object.fromEntries(remaining.filter(([, ms]) => ms > 0)),
    };
  };
}

function readBreaker(name: string, json: string, now: number): ModelBreaker[] {
  const state = breakerState(JSON.parse(json) as Breaker, now);
  if (state === 'closed') return [];
  const { model = null, caller } = subjectOf(name);
  // The breaker of one caller shows slow requests of this caller rather than a failing model.
  return caller === undefined ? [{ model, state }] : [];
}

/** BullMQ's queues, for a dashboard. */
export interface BoardQueues {
  readonly queues: readonly Queue[];
  close(): Promise<void>;
}

/** Connects for a dashboard. It has a connection of its own, so that its lists of jobs delay no request. */
export function createBoardQueues({
  redisUrl,
  redisTimeoutMs,
  namespace,
  roleQueues = {},
}: Pick<QueueOptions, 'redisUrl' | 'redisTimeoutMs' | 'namespace' | 'roleQueues'>): BoardQueues {
  const connection = connectFailFast(redisUrl, redisTimeoutMs);
  const { prefix } = keysOf(namespace);
  // Without these options, BullMQ writes to the queue when it connects.
  const options = { connection, prefix, skipVersionCheck: true, skipMetasUpdate: true };
  const queues = [...queuesOf(roleQueues), WEBHOOKS].map((name) => {
    const queue = new Queue(name, options);
    queue.on('error', () => {});
    return queue;
  });
  return {
    queues,
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      connection.disconnect();
    },
  };
}
