import type { Node, Role } from '@codegen/pipeline';
import { type Job, type JobsOptions, Queue } from 'bullmq';
import type { Connection } from './connection.ts';
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

    /** Which of a stage's inputs a job in this queue carries itself. */
    carried: (node: Node, queueName: string) => carriedInput(node, (role) => queueOfRole(role) === queueName),

    /** The stages a job in this queue carries to the end of this one without waiting for another job. */
    strand(node: Node, queueName: string): Set<Node> {
      const input = this.carried(node, queueName);
      return new Set([node, ...(input ? this.strand(input, queueName) : [])]);
    },

    async close() {
      await Promise.all([...queues.values()].map((one) => one.close()));
    },
  };
}

export type Flows = ReturnType<typeof openFlows>;

const depth = ({ inputs }: Node): number => 1 + Math.max(0, ...inputs.map(depth));

/** The longest of a stage's branches whose last stage is at home here: who waits for it waits least for the others. */
function carriedInput({ inputs }: Node, isHere: (role: Role) => boolean): Node | undefined {
  return inputs.filter(({ stage }) => isHere(stage.role)).toSorted((a, b) => depth(b) - depth(a))[0];
}

/** The stages whose outputs a stage depends on, inputs first. */
export const below = ({ inputs }: Node): Node[] => inputs.flatMap((input) => [...below(input), input]);
