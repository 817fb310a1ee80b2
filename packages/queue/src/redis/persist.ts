import { setTimeout as sleep } from 'node:timers/promises';

/** What Redis says when it cannot write for now: full, loading, or no longer the master. */
const PASSING = /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|MISCONF|EXECABORT)\b/;

/** What was paid for is written as soon as Redis takes it, however long that is. `write` must bear being repeated. */
export async function persist<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Error && PASSING.test(error.message))) throw error;
      await sleep(500);
    }
  }
}
