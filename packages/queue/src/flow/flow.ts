import { type Graph, inputsOf, type Node, type Role, type Route } from '@codegen/pipeline';
import { type FlowJob, FlowProducer, type JobsOptions, Queue } from 'bullmq';
import type { Connection } from '../redis/connection.ts';
import { reloadScripts, writeWithRetry } from '../redis/scripts.ts';
import type { StartOptions } from '../runs/submission.ts';
import { type JobData, jobOptions } from './job.ts';
import { queueOf, type RoleQueues, STAGES } from './queues.ts';

/** Name of the root job of every run. The id of the job is the run's. */
export const ROOT_JOB = 'generate';

/** A run and its turn. */
type QueuedRun = { readonly id: string; readonly turn: number };

/**
 * BullMQ takes the lowest number first, and jobs without a priority before all others: root jobs, which need no model.
 * In a turn, stages of runs in progress precede those of new runs.
 * @param turn up to 1,000,000; the largest priority is 2,097,151
 */
const priorityOf = (turn: number, isStarted: boolean) => 2 * turn + (isStarted ? -1 : 0);

/** States of a job that does not wait for others. */
const CAN_CONTINUE: ReadonlySet<string> = new Set(['active', 'waiting', 'prioritized', 'delayed']);

const jobIdOf = (run: string, stage: string) => `${run}.${stage}`;

export type Flows = ReturnType<typeof createFlows>;

/**
 * Runs as BullMQ flows: one job per stage. A stage's inputs are its child jobs. ARCHITECTURE.md shows the tree.
 */
export function createFlows(graph: Graph, redis: Connection, prefix: string, mapping: RoleQueues) {
  const connection = { connection: redis, prefix, skipVersionCheck: true };
  const producer = new FlowProducer(connection);
  producer.on('error', () => {});
  const queues = new Map<string, Queue<JobData>>();
  const queue = (name: string) => {
    const known = queues.get(name);
    if (known !== undefined) return known;
    const created = new Queue<JobData>(name, { ...connection, skipMetasUpdate: true });
    created.on('error', () => {});
    queues.set(name, created);
    return created;
  };
  const queueOfRole = (role: Role) => queueOf(mapping, role);

  const stageFlow = (
    node: Node,
    run: string,
    priority: number,
    { olderCount, ...own }: JobsOptions & { readonly olderCount?: number | undefined } = {},
  ): FlowJob => {
    const { stage } = node;
    const inputs = inputsOf(node, olderCount === undefined ? {} : { olderCount });
    return {
      name: stage.name,
      queueName: queueOfRole(stage.role),
      data: { run } satisfies JobData,
      opts: {
        ...jobOptions,
        jobId: jobIdOf(run, stage.name),
        // A failed stage releases its parent, which decides what the failure means.
        ignoreDependencyOnFailure: true,
        priority,
        ...own,
      },
      // The longest branch is added first, so that workers take it first.
      children: inputs
        .toSorted((a, b) => depth(b) - depth(a))
        .map((input) => stageFlow(input, run, priority)),
    };
  };

  /** Adding a flow twice adds nothing. */
  const add = (flow: FlowJob) =>
    producer.add(flow).catch(async (error: Error) => {
      if (!error.message.includes('NOSCRIPT')) throw error;
      await reloadScripts(redis);
      return producer.add(flow);
    });

  /** Adds the stages of a route as a further child of the root job, which must not have completed. */
  async function addRoute({ id: run, turn }: QueuedRun, route: Route) {
    const priority = priorityOf(turn, true);
    const parent = { id: run, queue: `${prefix}:${STAGES}` };
    // Idempotent: a full Redis rejects the whole transaction.
    await writeWithRetry(() => add(stageFlow(graph.routes[route], run, priority, { parent })));
  }

  /** The jobs of a run that Redis has, inputs first and the root last. */
  async function existingJobs(run: string) {
    const jobs = graph.names.map((name) => {
      const { role } = graph.node(name).stage;
      return { from: queue(queueOfRole(role)), id: jobIdOf(run, name) };
    });
    jobs.push({ from: queue(STAGES), id: run });
    const pipeline = redis.pipeline();
    for (const { from, id } of jobs) pipeline.exists(from.toKey(id));
    const found = (await pipeline.exec()) ?? [];
    return jobs.filter((_, index) => found[index]?.[1] === 1);
  }

  return {
    /** BullMQ's queue of a name; created once. */
    queue,

    /**
     * Adds the root job and `classify`, and `summarize` if there are older messages. Adding a run twice adds nothing.
     */
    async start(run: string, { turn, olderCount }: StartOptions) {
      const entry = stageFlow(graph.entry, run, priorityOf(turn, false), { olderCount });
      // Kept for maintenance, regardless of KEEP_FINISHED_JOBS.
      const opts: JobsOptions = { ...jobOptions, jobId: run, removeOnFail: { age: 3_600 } };
      await add({ name: ROOT_JOB, queueName: STAGES, data: { run }, opts, children: [entry] });
    },

    addRoute,

    /** Adds the stages of a route unless they exist: BullMQ would make a parent wait for a child that has failed. */
    async restoreRoute(run: QueuedRun, route: Route) {
      const { name, role } = graph.routes[route].stage;
      const exists = await redis.exists(queue(queueOfRole(role)).toKey(jobIdOf(run.id, name)));
      if (exists === 0) await addRoute(run, route);
    },

    /** State of the root job. BullMQ's own `getState` is slower the more jobs there are. */
    async rootOf(run: string): Promise<'open' | 'finished' | 'missing'> {
      const root = await queue(STAGES).getJob(run);
      if (root === undefined) return 'missing';
      return root.finishedOn === undefined ? 'open' : 'finished';
    },

    /** Whether no job of a run can continue: they wait for jobs that Redis has lost, by an eviction for example. */
    async isStuck(run: string): Promise<boolean> {
      for (const { from, id } of await existingJobs(run))
        if (CAN_CONTINUE.has(await from.getJobState(id))) return false;
      return true;
    },

    /** Removes all jobs of a run except those that a worker is processing. */
    async remove(run: string) {
      // Parents first: BullMQ starts a job whose last input is removed.
      for (const { from, id } of (await existingJobs(run)).toReversed())
        await from.remove(id, { removeChildren: false });
    },

    async close() {
      await Promise.all([producer.close(), ...[...queues.values()].map((one) => one.close())]);
    },
  };
}

const depth = ({ inputs }: Node): number => 1 + Math.max(0, ...inputs.map(depth));
