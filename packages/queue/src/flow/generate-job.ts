import { decide, type Graph, hasEnded, type Route, type StageRuntime } from '@codegen/pipeline';
import { type Job, WaitingChildrenError } from 'bullmq';
import type { RunStore } from '../jobs/run-store.ts';
import type { StoredRun } from '../jobs/stored-run.ts';
import { persist } from '../redis/persist.ts';
import { type Flows, RUN_OVER, type StageJob, type StageSummary } from './flow.ts';
import type { RecordLost } from './lost-stages.ts';

interface Parts {
  readonly graph: Graph;
  readonly store: RunStore;
  readonly flows: Flows;
  readonly runtime: StageRuntime;
  readonly recordLost: RecordLost;
}

/** The processor of `generate`, the root job of a run, which BullMQ releases when all other jobs of the run are over. */
export function createGenerateJob({ graph, store, flows, runtime, recordLost }: Parts) {
  /** Adds the stages of a route that has none yet. @throws WaitingChildrenError if any of the route's jobs is not over */
  async function waitForRoute({ id, stages }: StoredRun, route: Route, job: Job<StageJob>) {
    if (hasEnded(stages[graph.routes[route].stage.name])) return;
    const hasBegun = graph.stagesOf(route).some(({ stage }) => stages[stage.name] !== undefined);
    if (!hasBegun) await flows.restoreRoute(id, route);
    if (await job.moveToWaitingChildren(job.token ?? '')) throw new WaitingChildrenError();
  }

  /** Finishes a run if its stages have not, or has it take its fallback route. @throws WaitingChildrenError then */
  return async function finishRun(job: Job<StageJob>): Promise<StageSummary> {
    const { run: id } = job.data;
    for (;;) {
      const ending = await store.ending(id);
      if (ending !== null) return ending === 'gone' ? RUN_OVER : ending;
      const stored = await store.load(id);
      if (stored === null || stored.outcome !== null) continue;
      if (stored.route !== null) await waitForRoute(stored, stored.route, job);
      const nodes = stored.route === null ? [graph.entry] : graph.stagesOf(stored.route);
      const run = await recordLost(stored, nodes, job);
      const decision = decide(graph, run);
      if (decision.kind === 'finish') {
        const outcome = await persist(() => store.finish(id, decision.outcome, runtime.now()));
        if (outcome === 'lost') throw new Error(`Redis lost records of run ${id} that its outcome refers to`);
      } else {
        if (decision.kind !== 'take') throw new Error(`run ${id} has nothing left to do and no outcome`);
        await store.takeRoute(id, decision.route);
      }
    }
  };
}
