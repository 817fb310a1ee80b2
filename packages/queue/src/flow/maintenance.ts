import { redisTime } from '../redis/clock.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { RunStore } from '../runs/run-store.ts';
import { parseExpiryMember } from '../runs/submission.ts';
import type { Flows } from './flow.ts';

interface Parts {
  readonly redis: Connection;
  readonly keys: Keys;
  /** Queues whose delayed jobs are checked. */
  readonly queues: readonly string[];
  readonly store: RunStore;
  readonly flows: Flows;
  /** Longest wait of a stage between attempts, ms. */
  readonly longestWaitMs: number;
}

const PAGE = 100;
const SCAN_COUNT = 1_000;

/** Time an API may take to queue a run, in ms. */
const QUEUEING_MS = 5_000;

/** Interval at which the root job of an open run is checked, in ms. */
const RECHECK_MS = 30_000;

/** Tolerated difference between the clocks of machines, in ms. */
const MARGIN_MS = 10_000;

/**
 * Periodic tasks of every worker. Several workers may run them at once. They use the clock of Redis, because clocks of
 * machines may be wrong.
 */
export function createMaintenance({ redis, keys, queues, store, flows, longestWaitMs }: Parts) {
  const now = () => redisTime(redis);
  const upTo = (key: string, score: number) =>
    redis.zrange(key, '-inf', String(score), 'BYSCORE', 'LIMIT', 0, PAGE);

  /** Adds the jobs of a run that has none or whose jobs wait for lost ones, and fails a run whose root job is over without an outcome. */
  async function checkRun(id: string): Promise<unknown> {
    const summary = await store.summary(id);
    if (summary === 'gone') return 'gone';
    if (summary !== null) return redis.zrem(keys.unconfirmed, id);
    const root = await flows.rootOf(id);
    if (root === 'missing' || (root === 'open' && (await flows.isStuck(id)))) {
      // BullMQ would make the root wait for a child that has failed.
      await flows.remove(id);
      return flows.start(id, await store.startOptions(id));
    }
    if (root === 'open') return root;
    // The root job lost its worker too often, or failed with repeated errors.
    const detail = 'the root job of the run failed';
    const failed = { status: 'failed', stage: 'generate', code: 'internal', detail, degraded: [] } as const;
    return store.finish(id, failed, await now());
  }

  /** Deletes what is left of runs that Redis lost: they would count as open until the end of their retention. */
  async function forgetLost(ids: readonly string[]) {
    const lost = new Set(ids);
    let cursor = '0';
    do {
      const [next, entries] = await redis.zscan(keys.expiry, cursor, 'COUNT', SCAN_COUNT);
      // Members alternate with their scores.
      const members = entries.filter(
        (member, index) => index % 2 === 0 && lost.has(parseExpiryMember(member).id),
      );
      for (const member of members) await forget(member);
      cursor = next;
    } while (cursor !== '0');
    await redis.zrem(keys.open, ...ids);
    await redis.zrem(keys.unconfirmed, ...ids);
  }

  async function forget(expiryMember: string) {
    const { id, threadId, caller } = parseExpiryMember(expiryMember);
    await flows.remove(id);
    return store.forget(id, caller, 'any', threadId);
  }

  return {
    /** Deletes runs whose retention has ended, with their jobs. */
    async forgetExpired() {
      for (let isFull = true; isFull; ) {
        const members = await upTo(keys.expiry, await now());
        for (const member of members) await forget(member);
        isFull = members.length === PAGE;
      }
    },

    /** Checks the root jobs of open runs: an API may have died before it added one, or Redis may have lost it. */
    async checkOpenRuns() {
      for (let isFull = true; isFull; ) {
        const time = await now();
        const ids = await upTo(keys.unconfirmed, time - QUEUEING_MS);
        const next = time + RECHECK_MS - QUEUEING_MS;
        // Rescheduled first, so that other workers skip them and an unreadable run does not block the others.
        if (ids.length > 0) await redis.zadd(keys.unconfirmed, 'XX', ...ids.flatMap((id) => [next, id]));
        const checks = await Promise.allSettled(ids.map(checkRun));
        const lost = ids.filter((_, index) => {
          const check = checks[index];
          return check?.status === 'fulfilled' && check.value === 'gone';
        });
        if (lost.length > 0) await forgetLost(lost);
        isFull = ids.length === PAGE;
      }
    },

    /** Promotes jobs that a worker with a wrong clock delayed for longer than the longest wait of a stage. */
    async promoteJobsDelayedTooLong() {
      const latest = (await now()) + longestWaitMs + MARGIN_MS;
      for (const queue of queues.map(flows.queue)) {
        // Detects the delay from `processedOn + delay`; if the clock jumped during the call, from the record's `retryAt`.
        for (const job of await queue.getJobs(['delayed'], 0, PAGE - 1, false)) {
          const isDelayedTooLong =
            (job.processedOn ?? 0) + job.delay > latest ||
            ((await store.retryAt(job.data.run, job.name)) ?? 0) > latest;
          // Another worker may have promoted it.
          if (isDelayedTooLong) await job.promote().catch(() => {});
        }
      }
    },
  };
}
