import { decide, hasEnded, type Route } from '@codegen/pipeline';
import { type Job, WaitingChildrenError } from 'bullmq';
import { RUN_FORMAT } from '../redis/keys.ts';
import { writeWithRetry } from '../redis/scripts.ts';
import type { StoredRun } from '../runs/stored-run.ts';
import { type JobData, type JobReturnValue, RUN_FINISHED } from './job.ts';
import { leaveToNewer, type ProcessorParts } from './processor-parts.ts';

/** Processor of the root job of a run, which BullMQ releases when all other jobs of the run are over. */
export function createRootProcessor({ graph, store, flows, runtime, failLostStages }: ProcessorParts) {
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
    if (run.route === null) return failLostStages(run, [graph.entry], job);
    await waitForRoute(run, run.route, job);
    return failLostStages(run, graph.stagesOf(run.route), job);
  }

  /** Stores the outcome of a run whose stages are over, or the route that it takes instead. */
  async function finishOrReroute(run: StoredRun) {
    const decision = decide(graph, run);
    if (decision.kind === 'takeRoute') return store.takeRoute(run.id, decision.route);
    if (decision.kind !== 'finish') throw new Error(`run ${run.id} has no stage left and no outcome`);
    const reply = await writeWithRetry(() =>
      store.finish(run.id, decision.outcome, runtime.now(), run.files),
    );
    if (reply === 'lost') throw new Error(`Redis lost records of run ${run.id} that its outcome refers to`);
  }

  /**
   * Returns the summary of a run that a stage has finished. Otherwise finishes the run, or adds its fallback route and waits.
   * @throws WaitingChildrenError while jobs of the route are not over
   */
  return async function processRoot(job: Job<JobData>): Promise<JobReturnValue> {
    const { run: id } = job.data;
    for (;;) {
      const summary = await store.summary(id);
      if (summary !== null) return summary === 'gone' ? RUN_FINISHED : summary;
      const stored = await store.load(id);
      if (stored !== null && stored.format > RUN_FORMAT) leaveToNewer(runtime, stored);
      if (stored?.outcome === null) await finishOrReroute(await endStages(stored, job));
    }
  };
}
