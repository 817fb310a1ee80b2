import { randomUUID } from 'node:crypto';
import type { RunStore } from '../jobs/run-store.ts';
import type { OnDisconnect } from '../jobs/submission.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { openRounds } from '../redis/rounds.ts';
import { defineScripts } from '../redis/scripts.ts';

/**
 * Somebody is connected who waits for a run.
 * - `answered`: got an answer, be it that the run goes on
 * - `left`: the connection is gone
 * - `over`: the run has ended
 */
export interface Waiter {
  /** Resolves true if there was nothing to wait for when it came: the run has ended, or is gone. @throws if Redis is away */
  readonly isLate: Promise<boolean>;
  /** May be called again, which does nothing. */
  leave(how: 'answered' | 'left' | 'over'): void;
}

export interface Attendance extends Disposable {
  /** Counts somebody in who waits for a run, until it leaves or this process dies. */
  attend(id: string, onDisconnect: OnDisconnect): Waiter;
  /** Tells of nobody any more, as if this process had died: who is still there is missed when its lease ends. */
  close(): void;
}

/** Milliseconds for which a waiter is taken to be there after it was heard of; it is heard of three times in that. */
const LEASE_MS = 15_000;

const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** By the clock of Redis, so that the clocks of the machines need not agree. */
const SCRIPTS = {
  /**
   * run, waiters, watched | id, waiter, lease, grace, cancel or continue → 1 counted, 0 there is nothing to wait for.
   * A run is looked at a grace after the last lease ends. Every waiter puts that off; only one that wants it begins it.
   */
  attend: {
    keys: 3,
    lua: `${NOW}
      local run = redis.call('HMGET', KEYS[1], 'createdAt', 'settledAt', 'kept')
      if not run[1] or run[2] then return 0 end
      redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
      redis.call('PEXPIRE', KEYS[2], ARGV[3] * 2)
      if ARGV[5] == 'cancel' and not run[3] then
        redis.call('ZADD', KEYS[3], 'GT', now + ARGV[3] + ARGV[4], ARGV[1])
      else
        redis.call('ZADD', KEYS[3], 'XX', 'GT', now + ARGV[3] + ARGV[4], ARGV[1])
      end
      return 1`,
  },
  /**
   * waiters, watched | id, waiter, grace, answered or left → 1. With the last waiter a run that is watched has the
   * grace to live, or, if that one was told that it goes on, is watched no more.
   */
  leave: {
    keys: 2,
    lua: `${NOW}
      redis.call('ZREM', KEYS[1], ARGV[2])
      if redis.call('ZCOUNT', KEYS[1], now, '+inf') > 0 then return 1 end
      if ARGV[4] == 'answered' then
        redis.call('ZREM', KEYS[2], ARGV[1])
      else
        redis.call('ZADD', KEYS[2], 'XX', now + ARGV[3], ARGV[1])
      end
      return 1`,
  },
  /** watched | most → ids of runs that are to be looked at */
  due: {
    keys: 1,
    lua: `${NOW}
      return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])`,
  },
  /** run, waiters, watched | id → 1 everybody has left for good, 0 not so */
  isDeserted: {
    keys: 3,
    lua: `${NOW}
      local run = redis.call('HMGET', KEYS[1], 'createdAt', 'settledAt', 'kept')
      if not run[1] or run[2] or run[3] then
        redis.call('ZREM', KEYS[3], ARGV[1])
        return 0
      end
      local look = redis.call('ZSCORE', KEYS[3], ARGV[1])
      if not look or tonumber(look) > now then return 0 end
      return redis.call('ZCOUNT', KEYS[2], now, '+inf') == 0 and 1 or 0`,
  },
} as const;

/** Counts who waits, here, for the whole of a cluster of API processes. None of it is awaited: the next beat mends it. */
export function openAttendance(
  redis: Connection,
  keys: Keys,
  graceMs: number,
  leaseMs = LEASE_MS,
): Attendance {
  const scripts = defineScripts(redis, SCRIPTS);
  const present = new Map<string, () => Promise<unknown>>();
  const beat = openRounds(
    () => present.values(),
    (some) => Promise.all(some.map((renew) => renew())),
    leaseMs / 3,
  );

  return {
    attend(id, onDisconnect) {
      const waiter = randomUUID();
      const names = [keys.waiters(id), keys.watched];
      const renew = () => {
        const about = [id, waiter, leaseMs, graceMs, onDisconnect];
        return scripts.attend([keys.run(id), ...names], about);
      };
      present.set(waiter, renew);
      const isLate = renew().then((counted) => counted === 0);
      isLate.catch(() => {});
      return {
        isLate,
        leave(how) {
          if (!present.delete(waiter) || how === 'over') return;
          scripts.leave(names, [id, waiter, graceMs, how]).catch(() => {});
        },
      };
    },
    close() {
      beat.close();
      present.clear();
    },
    [Symbol.dispose]() {
      this.close();
    },
  };
}

/** Runs looked at between two looks for more. */
const PAGE = 100;

/** Cancels the runs that everybody has left. Any number of processes may do so at the same time. */
export function openSweep(redis: Connection, keys: Keys, store: Pick<RunStore, 'settle'>) {
  const scripts = defineScripts(redis, SCRIPTS);
  return async function sweep() {
    const ids = (await scripts.due([keys.watched], [PAGE])) as string[];
    for (const id of ids) {
      const names = [keys.run(id), keys.waiters(id), keys.watched];
      const deserted = (await scripts.isDeserted(names, [id])) === 1;
      if (deserted) await store.settle(id, { status: 'cancelled' }, Date.now());
    }
  };
}
