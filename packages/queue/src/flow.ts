import type { Graph, Node, Route } from '@codegen/pipeline';
import type { FlowJob, JobsOptions } from 'bullmq';
import { queueOf, type RoleQueues, STAGES } from './queues.ts';

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

/** Runs and routes as flows of BullMQ, each stage in the queue of its role. */
export function flowsOf(graph: Graph, queues: RoleQueues, prefix: string) {
  const stageFlow = ({ stage, inputs }: Node, run: string): FlowJob => ({
    name: stage.name,
    queueName: queueOf(queues, stage.role),
    data: { run } satisfies StageJob,
    opts: {
      ...options,
      jobId: `${run}.${stage.name}`,
      // Whatever becomes of a stage, its consumer decides what that means.
      ignoreDependencyOnFailure: true,
      // Runs that have begun go before those that wait: fewer are open at a time and each is answered sooner.
      lifo: inputs.length === 0 && stage.name !== graph.entry.stage.name,
    },
    children: inputs.map((input) => stageFlow(input, run)),
  });

  return {
    /** Starts a run: the run job, waiting for the stage that chooses the route. */
    start: (run: string): FlowJob => ({
      name: RUN,
      queueName: STAGES,
      data: { run } satisfies StageJob,
      opts: { ...options, jobId: run },
      children: [stageFlow(graph.entry, run)],
    }),

    /** The stages of a route, as a further child of the run job. Adding them twice adds nothing. */
    route(route: Route, run: string): FlowJob {
      const root = stageFlow(graph.routes[route], run);
      return { ...root, opts: { ...root.opts, parent: { id: run, queue: `${prefix}:${STAGES}` } } };
    },
  };
}

export type Flows = ReturnType<typeof flowsOf>;
