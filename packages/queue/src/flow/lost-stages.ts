import {
  contextOf,
  type Graph,
  hasEnded,
  lostStage,
  type Node,
  routeAfter,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';
import type { Job } from 'bullmq';
import type { RunStore } from '../jobs/run-store.ts';
import type { StoredRun } from '../jobs/stored-run.ts';
import type { StageJob } from './flow.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly runtime: StageRuntime;
  /** Lock duration of a job, ms. */
  readonly lockMs: number;
  /** Reports each stage that has ended. */
  readonly onEnd: (run: string, record: StageRecord) => void;
}

/**
 * Ends the stages among `nodes` that have no end although their jobs are over: they were lost with their workers.
 * @param job the one that waited for theirs
 * @returns the run with those ends. @throws if the lock of the job was lost
 */
export type RecordLost = (run: StoredRun, nodes: readonly Node[], job: Job<StageJob>) => Promise<StoredRun>;

export const LOCK_LOST = 'the lock of the job was lost';

export function createRecordLost({ graph, store, runtime, lockMs, onEnd }: Parts): RecordLost {
  return async (run, nodes, job) => {
    const open = nodes.filter(({ stage }) => !hasEnded(run.stages[stage.name]));
    if (open.length === 0) return run;
    // Redis may have lost those ends together with this job's turn. Then the lock is gone, too.
    if ((await job.extendLock(job.token ?? '', lockMs)) !== 1) throw new Error(LOCK_LOST);
    let whole = run;
    for (const node of open) {
      const { stage } = node;
      const attempt = {
        run: run.id,
        stage,
        context: contextOf(node, whole),
        previous: whole.stages[stage.name],
      };
      const record = lostStage(attempt, runtime.now());
      const outcome = await store.commitStage(run.id, record, { route: routeAfter(graph, whole, record) });
      if (outcome === 'superseded') whole = (await store.load(run.id)) ?? whole;
      else whole = { ...whole, stages: { ...whole.stages, [stage.name]: record } };
      if (outcome === 'committed') onEnd(run.id, record);
    }
    return whole;
  };
}
