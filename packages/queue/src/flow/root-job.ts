import {
  contextOf,
  decide,
  type Graph,
  hasEnded,
  lostStage,
  type Node,
  type Route,
  routeAfter,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';
import { type Job, WaitingChildrenError } from 'bullmq';
import { RUN_FORMAT } from '../redis/keys.ts';
import { writeWithRetry } from '../redis/scripts.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { OpenRun, StoredRun } from '../runs/stored-run.ts';
import { type Flows, type JobData, RetryLater, RUN_OVER, type StageSummary } from './flow.ts';

/** Dependencies of the processors of jobs. */
export interface ProcessorParts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly flows: Flows;
  readonly runtime: StageRuntime;
  readonly recordLost: RecordLost;
  /** Called for each stage that has ended. */
  readonly onEnd: (run: Pick<OpenRun, 'id' | 'requestId' | 'traceparent'>, record: StageRecord) => void;
}

/** Processor of the root job of a run, which BullMQ releases when all other jobs of the run are over. */
export function createRootProcessor({ graph, store, flows, runtime, recordLost }: ProcessorParts) {
  /** Adds the stages of a route that has none yet. @throws WaitingChildrenError if a job of the route is not over */
  async function waitForRoute(run: StoredRun, route: Route, job: Job<JobData>) {
    const { stages } = run;
    if (hasEnded(stages[graph.routes[route].stage.name])) return;
    const hasStarted = graph
      .stagesOf(route)
      .some(({ stage: { name } }) => stages[name] !== undefined && !stages[name].reused);
    if (!hasStarted) await flows.restoreRoute(run, route);
    if (await job.moveToWaitingChildren(job.token ?? '')) throw new WaitingChildrenError();
  }

  /** Waits for the stages of the run's route, and records those that were lost. */
  async function endStages(run: StoredRun, job: Job<JobData>): Promise<StoredRun> {
    if (run.route === null) return recordLost(run, [graph.entry], job);
    await waitForRoute(run, run.route, job);
    return recordLost(run, graph.stagesOf(run.route), job);
  }

  /** Stores the outcome of a run whose stages are over, or the route that it takes instead. */
  async function finishOrReroute(run: StoredRun) {
    const decision = decide(graph, run);
    if (decision.kind === 'takeRoute') return store.takeRoute(run.id, decision.route);
    if (decision.kind !== 'finish') throw new Error(`run ${run.id} has no stage left and no outcome`);
    const outcome = await writeWithRetry(() =>
      store.finish(run.id, decision.outcome, runtime.now(), run.files),
    );
    if (outcome === 'lost') throw new Error(`Redis lost records of run ${run.id} that its outcome refers to`);
  }

  /** Finishes the run if its stages have not, or takes its fallback route. @throws WaitingChildrenError then */
  return async function processRoot(job: Job<JobData>): Promise<StageSummary> {
    const { run: id } = job.data;
    for (;;) {
      const summary = await store.summary(id);
      if (summary !== null) return summary === 'gone' ? RUN_OVER : summary;
      const stored = await store.load(id);
      if (stored !== null && stored.format > RUN_FORMAT) leaveToNewer(runtime, stored);
      if (stored?.outcome === null) await finishOrReroute(await endStages(stored, job));
    }
  };
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
export type RecordLost = (run: StoredRun, nodes: readonly Node[], job: Job<JobData>) => Promise<StoredRun>;

export const LOCK_LOST = 'the lock of the job was lost';

/** @param lockMs lock duration of a job, ms */
export function createRecordLost(
  { graph, store, runtime, onEnd }: Omit<ProcessorParts, 'flows' | 'recordLost'>,
  lockMs: number,
): RecordLost {
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
      const outcome = await store.commitStage(run.id, record, { route });
      if (outcome === 'superseded') current = (await store.load(run.id)) ?? current;
      else current = { ...current, stages: { ...current.stages, [stage.name]: record } };
      if (outcome === 'committed') onEnd(run, record);
    }
    return current;
  };
}
