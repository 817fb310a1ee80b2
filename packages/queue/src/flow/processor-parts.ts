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
import { RUN_FORMAT } from '../redis/keys.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { OpenRun, StoredRun } from '../runs/stored-run.ts';
import type { Flows } from './flow.ts';
import { type JobData, RetryLater } from './job.ts';

/** Dependencies of the processors of jobs. */
export interface ProcessorParts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly flows: Flows;
  readonly runtime: StageRuntime;
  readonly failLostStages: FailLostStages;
  /** Called for each stage that has ended. */
  readonly onEnd: (run: Pick<OpenRun, 'id' | 'requestId' | 'traceparent'>, record: StageRecord) => void;
}

/** Delay before a job that this worker cannot process is offered to workers of another version, in ms. */
export const OTHER_VERSION_MS = 2_000;

/** @throws RetryLater */
export function leaveToNewer(
  { onFault, now }: Pick<StageRuntime, 'onFault' | 'now'>,
  { id, format }: Pick<OpenRun, 'id' | 'format'>,
): never {
  const problem = `run ${id} has format ${format} and this worker knows ${RUN_FORMAT}: upgrade the workers before the API`;
  onFault?.(new Error(`${problem}; it is left to newer workers`));
  throw new RetryLater(now() + OTHER_VERSION_MS);
}

/**
 * Writes the records of those stages among `nodes` that have not ended although their jobs are over: they were lost with
 * their workers.
 * @param job the job that waited for theirs
 * @returns the run with these records
 * @throws if the lock of the job was lost
 */
export type FailLostStages = (
  run: StoredRun,
  nodes: readonly Node[],
  job: Job<JobData>,
) => Promise<StoredRun>;

export const LOCK_LOST = 'the lock of the job was lost';

/** @param lockMs lock duration of a job, ms */
export function createFailLostStages(
  { graph, store, runtime, onEnd }: Omit<ProcessorParts, 'flows' | 'failLostStages'>,
  lockMs: number,
): FailLostStages {
  return async (run, nodes, job) => {
    const lost = nodes.filter(({ stage }) => !hasEnded(run.stages[stage.name]));
    if (lost.length === 0) return run;
    // If Redis lost the records together with the activation of this job, the lock is gone, too.
    if ((await job.extendLock(job.token ?? '', lockMs)) !== 1) throw new Error(LOCK_LOST);
    let current = run;
    for (const node of lost) {
      const { stage } = node;
      const previous = current.stages[stage.name];
      const request = { run: run.id, stage, context: contextOf(node, current), previous };
      const record = lostStage(request, runtime.now());
      const route = routeAfter(graph, current, record);
      const reply = await store.commitStage(run.id, record, { route });
      if (reply === 'superseded') current = (await store.load(run.id)) ?? current;
      else current = { ...current, stages: { ...current.stages, [stage.name]: record } };
      if (reply === 'committed') onEnd(run, record);
    }
    return current;
  };
}
