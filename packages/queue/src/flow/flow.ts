import type { Graph, Node, Role, Route } from '@codegen/pipeline';
import { type FlowJob, FlowProducer, type JobsOptions, Queue } from 'bullmq';
import type { Connection } from '../redis/connection.ts';
import { persist } from '../redis/persist.ts';
import { queueOf, type RoleQueues, STAGES } from './queues.ts';
import { ATTEMPTS, BACKOFF, MOST_FAULTS } from './retry.ts';

/** The root job of a run; its id is the run's. */
export const GENERATE = 'generate';

/** What every job carries. Inputs and outputs are in the run's hash. */
export interface StageJob {
  readonly run: string;
}

/** What a dashboard shows of a job that is over. */
export interface StageSummary {
  readonly status: string;
  readonly model?: string | null;
  readonly milliseconds?: number;
  readonly promptTokens?: number | null;
  readonly completionTokens?: number | null;
  /** US dollars; null if the server reports none. */
  readonly cost?: number | null;
}

/** The summary of a job that found its run finished or gone. */
export const RUN_OVER: StageSummary = { status: 'run over' };

const options: JobsOptions = {
  attempts: ATTEMPTS,
  backoff: { type: BACKOFF },
  stackTraceLimit: MOST_FAULTS,
};

export const jobIdOf = (run: string, stage: string) => `${run}.${stage}`;

/**
 * Runs as flows of BullMQ: one job per stage, children before their parents.
 *
 *     generate
 *     ├─ classify
 *     └─ polish ─ compare ─┬─ enhance.direct ─ generate.direct
 *                          └─ enhance.interpreted ─ generate.interpreted ─ interpret
 */
export function openFlows(graph: Graph, redis: Connection, prefix: string, mapping: RoleQueues) {
  const connection = { connection: redis, prefix, skipVersionCheck: true };
  const producer = new FlowProducer(connection);
  producer.on('error', () => {});
  const queues = new Map<string, Queue<StageJob>>();
  const queue = (name: string) => {
    const known = queues.get(name) ?? new Queue(name, { ...connection, skipMetasUpdate: true });
    if (!queues.has(name)) known.on('error', () => {});
    queues.set(name, known);
    return known;
  };
  const queueOfRole = (role: Role) => queueOf(mapping, role);

  const stageFlow = ({ stage, inputs }: Node, run: string, own: JobsOptions = {}): FlowJob => ({
    name: stage.name,
    queueName: queueOfRole(stage.role),
    data: { run } satisfies StageJob,
    opts: {
      ...options,
      jobId: jobIdOf(run, stage.name),
      // A stage that failed for good releases its parent, which decides what the failure means.
      ignoreDependencyOnFailure: true,
      ...own,
    },
    // The longest branch is added first, and so taken first: all wait for it.
    children: inputs.toSorted((a, b) => depth(b) - depth(a)).map((input) => stageFlow(input, run)),
  });
  /** Adds the stages of a route, all at once, as a further child of `generate`, which must not be over. */
  async function addRoute(run: string, route: Route) {
    const parent = { id: run, queue: `${prefix}:${STAGES}` };
    // Adding it again is safe: a full Redis refuses all of it or nothing.
    await persist(() => producer.add(stageFlow(graph.routes[route], run, { parent })));
  }

  const jobsOf = (run: string) => [
    { queueName: STAGES, id: run },
    ...graph.names.map((name) => ({
      queueName: queueOfRole(graph.node(name).stage.role),
      id: jobIdOf(run, name),
    })),
  ];

  return {
    /** BullMQ's queue of a name; opened once. */
    queue,

    /** Adds `generate ← classify`. Adding a run twice adds nothing. */
    async start(run: string) {
      // BullMQ takes jobs without a priority first: runs that have begun go before new ones.
      const entry = stageFlow(graph.entry, run, { priority: 1 });
      // Kept until maintenance has seen it, whatever KEEP_FINISHED_JOBS says.
      const opts: JobsOptions = { ...options, jobId: run, removeOnFail: { age: 3_600 } };
      await producer.add({ name: GENERATE, queueName: STAGES, data: { run }, opts, children: [entry] });
    },

    addRoute,

    /** Adds the stages of a route unless they were added before: BullMQ would have a parent wait for a child that failed. */
    async restoreRoute(run: string, route: Route) {
      const { name, role } = graph.routes[route].stage;
      const isThere = await redis.exists(queue(queueOfRole(role)).toKey(jobIdOf(run, name)));
      if (isThere === 0) await addRoute(run, route);
    },

    /** Whether the root job of a run is there, or over. BullMQ's own state of a job takes longer the more jobs there are. */
    async rootOf(run: string): Promise<'open' | 'over' | 'missing'> {
      const root = await queue(STAGES).getJob(run);
      if (root === undefined) return 'missing';
      return root.finishedOn === undefined ? 'open' : 'over';
    },

    /** Removes what BullMQ still has of a run. A job that a worker holds stays until it is over. */
    async remove(run: string) {
      const jobs = jobsOf(run);
      const pipeline = redis.pipeline();
      for (const { queueName, id } of jobs) pipeline.exists(queue(queueName).toKey(id));
      const found = (await pipeline.exec()) ?? [];
      for (const [index, { queueName, id }] of jobs.entries())
        if (found[index]?.[1] === 1) await queue(queueName).remove(id, { removeChildren: false });
    },

    async close() {
      await Promise.all([producer.close(), ...[...queues.values()].map((one) => one.close())]);
    },
  };
}

const depth = ({ inputs }: Node): number => 1 + Math.max(0, ...inputs.map(depth));

export type Flows = ReturnType<typeof openFlows>;
