import type { Graph, Node, Route } from '@codegen/pipeline';
import type { FlowJob, JobsOptions } from 'bullmq';
import { STAGES } from './keys.ts';

/** The job that holds a run's stages together; its id is the run's. */
export const RUN = 'run';

export interface StageJob {
  readonly run: string;
}

const options: JobsOptions = {
  // The run's hash is the record of what happened; a finished job in Redis would only be a second one.
  removeOnComplete: true,
  removeOnFail: true,
  // Failed calls are `retrying` records and delays. A job fails only through a fault of ours, and is tried again.
  attempts: 3,
  backoff: { type: 'exponential', delay: 500 },
};

/** The flow that starts a run: the run job, waiting for the stage that chooses the route. */
export const startFlow = (graph: Graph, run: string): FlowJob => ({
  name: RUN,
  queueName: STAGES,
  data: { run } satisfies StageJob,
  opts: { ...options, jobId: run },
  children: [stageFlow(graph.entry, run)],
});

/** The flow of a route, as a further child of the run job. Adding it twice adds nothing. */
export function routeFlow(graph: Graph, route: Route, run: string, prefix: string): FlowJob {
  const root = stageFlow(graph.routes[route], run);
  return { ...root, opts: { ...root.opts, parent: { id: run, queue: `${prefix}:${STAGES}` } } };
}

function stageFlow({ stage, inputs }: Node, run: string): FlowJob {
  return {
    name: stage.name,
    queueName: STAGES,
    data: { run } satisfies StageJob,
    opts: {
      ...options,
      jobId: `${run}.${stage.name}`,
      // Whatever becomes of a stage, its consumer decides what that means.
      ignoreDependencyOnFailure: true,
      // Runs that have begun go before those that wait: fewer are open at a time and each is answered sooner.
      lifo: inputs.length === 0 && stage.name !== 'classify',
    },
    children: inputs.map((input) => stageFlow(input, run)),
  };
}
