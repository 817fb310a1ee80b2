import { setTimeout as sleep } from 'node:timers/promises';
import type { StageRecord, StageRuntime } from '@codegen/pipeline';
import type { RunStore } from '../runs/run-store.ts';

export type UsageReconciliation = ReturnType<typeof createUsageReconciliation>;

/** Replaces estimated usage of aborted calls: model servers report it seconds after the records are written. */
export function createUsageReconciliation(
  store: Pick<RunStore, 'reconcileUsage'>,
  { reconcileUsage }: Pick<StageRuntime, 'reconcileUsage'>,
) {
  const closing = new AbortController();
  const pending = new Set<Promise<void>>();

  const reconcile = async (run: string, call: StageRecord['calls'][number]) => {
    const usage = await reconcileUsage?.(call, closing.signal);
    if (usage) await store.reconcileUsage(run, usage, (usage.cost ?? 0) - (call.cost ?? 0));
  };
  return {
    /** Looks up the usage of the record's last call in the background, if it is an estimate. */
    start(run: string, { calls }: StageRecord) {
      const call = calls.at(-1);
      if (reconcileUsage === undefined || call?.figures !== 'estimated' || call.generationId === null) return;
      // The estimate stays if the lookup or Redis fails.
      const lookup = reconcile(run, call)
        .catch(() => {})
        .finally(() => pending.delete(lookup));
      pending.add(lookup);
    },
    /** Waits for pending lookups for up to `timeoutMs`, then aborts them. */
    async close(timeoutMs: number) {
      const timeout = new AbortController();
      const finished = Promise.allSettled(pending).then(() => timeout.abort());
      await Promise.race([finished, sleep(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {})]);
      closing.abort();
    },
  };
}
