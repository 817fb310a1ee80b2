import type { RunStore } from '../jobs/run-store.ts';
import { readMember } from '../jobs/submission.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import type { Flows } from './flow.ts';

interface Parts {
  readonly redis: Connection;
  readonly keys: Keys;
  /** Names of those to look after. */
  readonly queues: readonly string[];
  readonly store: RunStore;
  readonly flows: Flows;
  /** Milliseconds for which a stage may be put off. */
  readonly longestWaitMs: number;
}

/** What is looked at in one step. */
const PAGE = 100;

/** Milliseconds an API may take to queue a run that it has taken. */
const QUEUEING_MS = 5_000;

/** Clocks of machines differ by so many milliseconds without being wrong. */
const MARGIN_MS = 10_000;

/**
 * What workers see to now and then, each of them, by the clock of Redis: those of the machines may be wrong. Every
 * step may be taken by several workers at once.
 */
export function openUpkeep({ redis, keys, queues, store, flows, longestWaitMs }: Parts) {
  const now = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const upTo = (key: string, score: number) =>
    redis.zrange(key, '-inf', String(score), 'BYSCORE', 'LIMIT', 0, PAGE);

  return {
    /** Forgets runs whose time is over. */
    async forgetExpired() {
      for (let full = true; full; ) {
        const members = await upTo(keys.expiry, await now());
        for (const member of members) {
          const { id, caller } = readMember(member);
          await store.forget(id, caller, 'any');
        }
        full = members.length === PAGE;
      }
    },

    /** Queues runs that were taken but have no place in the queue: their API died in between, or Redis lost it. */
    async queueLost() {
      for (let full = true; full; ) {
        const ids = await upTo(keys.unchecked, (await now()) - QUEUEING_MS);
        for (const id of ids) {
          const run = await store.load(id);
          // One that its API took back is nobody's. Queueing one that has its place adds nothing. One that has begun may
          // have lost its place with what Redis lost, while a worker still had it in hand.
          if (run !== null && run.settled === null) await flows.start(id);
        }
        if (ids.length > 0) await redis.zrem(keys.unchecked, ...ids);
        full = ids.length === PAGE;
      }
    },

    /**
     * Puts back what waits for a time that is further away than any stage is put off for: a worker whose clock was ahead
     * chose it, and by the clocks of all others the stage would wait for that time.
     */
    async recallStrays() {
      for (const queue of queues.map(flows.queue)) {
        // The score of a delayed job is its time, with room for a counter below.
        const latest = `(${((await now()) + longestWaitMs + MARGIN_MS) * 0x1000}`;
        const ids = await redis.zrange(queue.toKey('delayed'), latest, '+inf', 'BYSCORE', 'LIMIT', 0, PAGE);
        for (const id of ids) {
          const job = await queue.getJob(id);
          // Another worker may have been first.
          await job?.promote().catch(() => {});
        }
      }
    },
  };
}
