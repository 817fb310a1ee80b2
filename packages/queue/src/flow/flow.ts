import type { Node, Role } from '@codegen/pipeline';
import { type Job, type JobsOptions, Queue } from 'bullmq';
import type { Connection } from '../redis/connection.ts';
import { queueOf, type RoleQueues, STAGES } from './queues.ts';

/** The job of a run as a whole; its id is the run's. */
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

/** Whether a job has no further try. */
export const isLastTry = (job: Job): boolean => job.attemptsMade + 1 >= (options.attempts ?? 1);

/**
 * A run as a flow of BullMQ. A job carries a strand: stages one after the other, each handing on to the next without
 * the queue between them. Where branches meet, the job goes on with the longest and the others become its children; a
 * stage whose role has a queue of its own is a child, too.
 */
export function openFlows(redis: Connection, prefix: string, mapping: RoleQueues) {
  const queues = new Map<string, Queue<StageJob>>();
  const queue = (name: string) => {
    const known =
      queues.get(name) ??
      new Queue(name, { connection: redis, prefix, skipVersionCheck: true, skipMetasUpdate: true });
    if (!queues.has(name)) known.on('error', () => {});
    queues.set(name, known);
    return known;
  };
  const queueOfRole = (role: Role) => queueOf(mapping, role);

  return {
    /** BullMQ's queue of a name; opened once. */
    queue,

    /** Adds the job of a run; adding it twice adds nothing. */
    async start(run: string) {
      await queue(STAGES).add(RUN, { run }, { ...options, jobId: run });
    },

    /** Adds jobs for strands that end in these stages, as children of one that has a worker. */
    async fork({ id = '', queueQualifiedName }: Job<StageJob>, run: string, nodes: readonly Node[]) {
      const add = ({ stage: { name, role } }: Node) =>
        queue(queueOfRole(role)).add(
          name,
          { run },
          {
            ...options,
            jobId: `${run}.${name}`,
            parent: { id, queue: queueQualifiedName },
            // Whatever becomes of a strand, the job that waits for it decides what that means.
            ignoreDependencyOnFailure: true,
            // Runs that have begun go before those that wait: fewer are open at a time and each is answered sooner.
            lifo: true,
          },
        );
      await Promise.all(nodes.map(add));
    },

    /** Whether a stage is for the workers of a queue. */
    isHere: ({ stage }: Node, queueName: string) => queueOfRole(stage.role) === queueName,

    async close() {
      await Promise.all([...queues.values()].map((one) => one.close()));
    },
  };
}

export type Flows = ReturnType<typeof openFlows>;

const depth = ({ inputs }: Node): number => 1 + Math.max(0, ...inputs.map(depth));

/** The longest of some branches: who goes on with it waits least for the others. */
export const longest = (branches: readonly Node[]): Node | undefined =>
  branches.toSorted((a, b) => depth(b) - depth(a))[0];

/** A stage and those it depends on, inputs first. */
export const strandOf = (node: Node): Node[] => [...node.inputs.flatMap(strandOf), node];
