import { randomUUID } from 'node:crypto';
import type { RunStore } from '../jobs/run-store.ts';
import type { OnDisconnect } from '../jobs/submission.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { createPoller } from '../redis/poller.ts';
import { loadScripts } from '../redis/scripts.ts';

/**
 * Somebody is connected who waits for a run.
 * - `answered`: got an answer, be it that the run goes on
 * - `left`: the connection is gone
 * - `over`: the run has ended
 */
export interface ClientLease {
  /** Resolves true if there was nothing to wait for when it came: the run has ended, or is gone. @throws if Redis is away */
  readonly isOver: Promise<boolean>;
  /** May be called again, which does nothing. */
  leave(how: 'answered' | 'left' | 'over'): void;
}

export interface Attendance extends Disposable {
  /** Counts somebody in who waits for a run, until it leaves or this process dies. */
  registerClient(id: string, onDisconnect: OnDisconnect): ClientLease;
  /** Tells of nobody any more, as if this process had died: who is still there is missed when its lease ends. */
  close(): void;
}

/** Milliseconds for which a waiter is taken to be there after it was heard of; it is heard of three times in that. */
const LEASE_MS = 15_000;

/** Counts who waits, here, for the whole of a cluster of API processes. None of it is awaited: the next beat mends it. */
export function openAttendance(
  redis: Connection,
  keys: Keys,
  graceMs: number,
  leaseMs = LEASE_MS,
): Attendance {
  const scripts = loadScripts(redis, ['registerClient', 'releaseClient']);
  const present = new Map<string, () => Promise<unknown>>();
  const beat = createPoller(
    () => present.values(),
    (some) => Promise.all(some.map((renew) => renew())),
    leaseMs / 3,
  );

  return {
    registerClient(id, onDisconnect) {
      const client = randomUUID();
      const names = [keys.waiters(id), keys.watched];
      const renew = () => {
        const about = [id, client, leaseMs, graceMs, onDisconnect];
        return scripts.registerClient([keys.run(id), ...names], about);
      };
      present.set(client, renew);
      const isOver = renew().then((counted) => counted === 0);
      isOver.catch(() => {});
      return {
        isOver,
        leave(how) {
          if (!present.delete(client) || how === 'over') return;
          scripts.releaseClient(names, [id, client, graceMs, how]).catch(() => {});
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
export function openSweep(redis: Connection, keys: Keys, store: Pick<RunStore, 'finish'>) {
  const scripts = loadScripts(redis, ['listDueChecks', 'isRunAbandoned']);
  return async function sweep() {
    const ids = (await scripts.listDueChecks([keys.watched], [PAGE])) as string[];
    for (const id of ids) {
      const names = [keys.run(id), keys.waiters(id), keys.watched];
      const deserted = (await scripts.isRunAbandoned(names, [id])) === 1;
      if (deserted) await store.finish(id, { status: 'cancelled' }, Date.now());
    }
  };
}
