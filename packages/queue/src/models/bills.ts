import { setTimeout as sleep } from 'node:timers/promises';
import type { StageRecord, StageRuntime, Usage } from '@codegen/pipeline';

export interface Bills {
  /** Asks in the background what the record's last call cost, if that is an estimate. */
  callModel(run: string, record: StageRecord): void;
  /** Waits for what is being asked, so many milliseconds at most; what is not known by then stays estimated. */
  close(graceMs: number): Promise<void>;
}

/** Where a bill is kept, and what it adds to the cost of its run. */
interface Store {
  reconcileUsage(run: string, usage: Usage, more: number): Promise<void>;
}

/** Brings in what calls cost that were broken off: it is known seconds later, when their records are long written. */
export function openBills(store: Store, { reconcileUsage }: Pick<StageRuntime, 'reconcileUsage'>): Bills {
  const closing = new AbortController();
  const inHand = new Set<Promise<void>>();

  const bring = async (run: string, call: StageRecord['calls'][number]) => {
    const usage = await reconcileUsage?.(call, closing.signal);
    if (usage) await store.reconcileUsage(run, usage, (usage.cost ?? 0) - (call.cost ?? 0));
  };
  return {
    callModel(run, { calls }) {
      const call = calls.at(-1);
      if (reconcileUsage === undefined || call?.figures !== 'estimated' || call.generationId === null) return;
      // Without Redis, or an answer, the estimate stays.
      const brought = bring(run, call)
        .catch(() => {})
        .finally(() => inHand.delete(brought));
      inHand.add(brought);
    },
    async close(graceMs) {
      const over = new AbortController();
      const asked = Promise.allSettled(inHand).then(() => over.abort());
      await Promise.race([asked, sleep(graceMs, undefined, { signal: over.signal }).catch(() => {})]);
      closing.abort();
    },
  };
}
