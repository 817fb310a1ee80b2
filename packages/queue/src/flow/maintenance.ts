import type { RunStore } from '../jobs/run-store.ts';
import { readMember } from '../jobs/submission.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { Flows } from './flow.ts';

interface Parts {
  readonly redis: Connection;
  readonly keys: Keys;
  /** Names of those whose delayed jobs are checked. */
  readonly queues: readonly string[];
  readonly store: RunStore;
  readonly flows: Flows;
  /** Milliseconds a stage waits at most. */
  readonly longestWaitMs: number;
}

const PAGE = 100;

/** Milliseconds an API may take to queue a run, and interval at which a run's root job is checked, ms. */
const QUEUEING_MS = 5_000;
const RECHECK_MS = 30_000;

/** Clocks of machines differ by so many milliseconds without being wrong. */
const MARGIN_MS = 10_000;

/** What every worker does now and then, by the clock of Redis: those of machines may be wrong. Workers may overlap. */
export function createMaintenance({ redis, keys, queues, store, flows, longestWaitMs }: Parts) {
  const now = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const upTo = (key: string, score: number) =>
    redis.zrange(key, '-inf', String(score), 'BYSCORE', 'LIMIT', 0, PAGE);

  /** Adds the jobs of a run that has none, and ends a run whose root job is over without an outcome. */
  async function checkRun(id: string): Promise<unknown> {
    if ((await store.ending(id)) !== null) return redis.zrem(keys.unchecked, id);
    const root = await flows.rootOf(id);
    if (root === 'open') return root;
    if (root === 'missing') {
      // BullMQ would have the root wait for a child that failed before.
      await flows.remove(id);
      return flows.start(id);
    }
    // Its worker was lost twice, or an error kept coming back.
    const detail = 'the service failed to carry out this request';
    const failed = { status: 'failed', stage: 'generate', code: 'internal', detail, degraded: [] } as const;
    return store.finish(id, failed, Date.now());
  }

  return {
    /** Removes runs whose retention is over, with their jobs. */
    async forgetExpired() {
      for (let full = true; full; ) {
        const members = await upTo(keys.expiry, await now());
        for (const member of members) {
          const { id, caller } = readMember(member);
          await flows.remove(id);
          await store.forget(id, caller, 'any');
        }
        full = members.length === PAGE;
      }
    },

    /** Checks the root jobs of open runs: their API may have died before it added them, or Redis may have lost them. */
    async checkOpenRuns() {
      for (let full = true; full; ) {
        const time = await now();
        const ids = await upTo(keys.unchecked, time - QUEUEING_MS);
        const next = time + RECHECK_MS - QUEUEING_MS;
        // Postponed first: other workers leave them, and a run that cannot be read does not keep others from being checked.
        if (ids.length > 0) await redis.zadd(keys.unchecked, 'XX', ...ids.flatMap((id) => [next, id]));
        await Promise.allSettled(ids.map(checkRun));
        full = ids.length === PAGE;
      }
    },

    /** Promotes jobs that a worker with a wrong clock delayed for longer than any stage waits. */
    async promoteStrays() {
      const latest = (await now()) + longestWaitMs + MARGIN_MS;
      for (const queue of queues.map(flows.queue)) {
        // By the clock with which a worker took the job, or, if that jumped during the call, by the stage's record.
        for (const job of await queue.getJobs(['delayed'], 0, PAGE - 1, false)) {
          const isStray =
            (job.processedOn ?? 0) + job.delay > latest ||
            ((await store.retryAt(job.data.run, job.name)) ?? 0) > latest;
          // Another worker may have been first.
          if (isStray) await job.promote().catch(() => {});
        }
      }
    },
  };
}
