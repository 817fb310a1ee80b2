import { randomUUID } from 'node:crypto';
import { redisTime } from '../redis/clock.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { createPoller } from '../redis/poller.ts';
import { loadScripts } from '../redis/scripts.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { OnDisconnect } from '../runs/submission.ts';

/** Keeps a connected client registered as waiting for a run. */
export interface ClientLease {
  /** Resolves true if the run had finished or was gone at registration. Rejects if Redis is unavailable. */
  readonly firstCheck: Promise<boolean>;
  /**
   * Ends the lease; further calls do nothing.
   * @param reason `answered`: the client received a response, possibly that the run continues; `disconnected`: it did
   * not; `finished`: the run has finished
   */
  release(reason: 'answered' | 'disconnected' | 'finished'): void;
}

/** Length of a lease in ms; renewed every 5 s. */
const LEASE_MS = 15_000;

/**
 * Leases of the clients of this process, stored in Redis for all processes. A failed registration is repeated with the
 * next renewal.
 * @param graceMs time after the last lease before a run is cancelled
 */
export function createClientLeases(redis: Connection, keys: Keys, graceMs: number, leaseMs = LEASE_MS) {
  const scripts = loadScripts(redis, 'presence', ['registerClient', 'releaseClient']);
  const renewals = new Map<string, () => Promise<unknown>>();
  const poller = createPoller(
    () => renewals.values(),
    (batch) => Promise.all(batch.map((renew) => renew())),
    leaseMs / 3,
  );

  return {
    registerClient(id: string, onDisconnect: OnDisconnect): ClientLease {
      const client = randomUUID();
      const names = [keys.clients(id), keys.abandonmentChecks];
      const args = [id, client, leaseMs, graceMs, onDisconnect];
      const renew = () => scripts.registerClient([keys.run(id), ...names], args);
      renewals.set(client, renew);
      const firstCheck = renew().then((registered) => registered === 0);
      firstCheck.catch(() => {});
      return {
        firstCheck,
        release(reason) {
          if (!renewals.delete(client) || reason === 'finished') return;
          scripts.releaseClient(names, [id, client, graceMs, reason]).catch(() => {});
        },
      };
    },
    /** Stops renewing leases without releasing them, as the end of the process does. */
    close() {
      poller.close();
      renewals.clear();
    },
    [Symbol.dispose]() {
      this.close();
    },
  };
}

/** Maximum number of runs per scan. */
const PAGE = 100;

/** Cancels runs whose clients have all disconnected. Processes may scan concurrently. */
export function createAbandonmentScan(redis: Connection, keys: Keys, store: Pick<RunStore, 'finish'>) {
  const scripts = loadScripts(redis, 'presence', ['isRunAbandoned']);
  return async function cancelAbandonedRuns() {
    const now = String(await redisTime(redis));
    const ids = await redis.zrange(keys.abandonmentChecks, '-inf', now, 'BYSCORE', 'LIMIT', 0, PAGE);
    for (const id of ids) {
      const names = [keys.run(id), keys.clients(id), keys.abandonmentChecks];
      const isAbandoned = (await scripts.isRunAbandoned(names, [id])) === 1;
      if (isAbandoned) await store.finish(id, { status: 'cancelled' }, Date.now());
    }
  };
}
