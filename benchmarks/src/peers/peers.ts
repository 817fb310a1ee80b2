import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../machine/program.ts';
import { type Peer, urlOf } from './peer.ts';

export const limit: Peer = {
  name: 'limit',
  title: 'in-process limit (promises)',
  survives: 'no',
  store: null,
  async start({ dir, modelUrl, profile }) {
    const env = { MODEL_URL: modelUrl };
    const program = startNode('limit', { entry: 'benchmarks/src/peers/limit/main.ts', dir, env, profile });
    return { url: await urlOf(program), programs: [program] };
  },
};

/** This service with its default features; API and workers in separate processes. */
export const ours: Peer = {
  name: 'ours',
  title: 'this service',
  survives: 'yes',
  store: 'redis',
  async start({ dir, modelUrl, store, profile, concurrency = 4_000, workers, settings }) {
    const env = {
      REDIS_URL: store?.url ?? '',
      BASE_URL: modelUrl,
      LOG_DIR: `${dir}/logs`,
      PORT: '0',
      WORKER_CONCURRENCY: String(concurrency),
      ...settings,
    };
    const of = (part: string, name = part) =>
      startNode(name, { entry: `apps/${part}/src/main.ts`, dir, env, profile });
    const all = Array.from({ length: workers }, (_, index) => of('worker', `worker-${index + 1}`));
    const api = of('api');
    const url = await urlOf(api);
    const ready = async (count: number) => {
      while ((await workersAt(url)) < count) await sleep(30);
    };
    await ready(workers);
    return {
      url,
      programs: [api, ...all],
      async addWorker() {
        const worker = of('worker', `worker-${workers + 1}`);
        await ready(workers + 1);
        return worker;
      },
    };
  },
};

async function workersAt(url: string): Promise<number> {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as { workers?: Record<string, number> };
  return answer.workers?.stages ?? 0;
}

/** HTTP and workers in separate processes, as in this service. */
const onBullmq = (about: Pick<Peer, 'name' | 'title'>, worker: string, own: number): Peer => ({
  ...about,
  survives: 'yes',
  store: 'redis',
  async start({ dir, modelUrl, store, profile, concurrency = own }) {
    const env = { MODEL_URL: modelUrl, REDIS_URL: store?.url ?? '', CONCURRENCY: String(concurrency) };
    const of = (part: string, folder: string) =>
      startNode(`${about.name}-${part}`, {
        entry: `benchmarks/src/peers/${folder}/${part}/main.ts`,
        dir,
        env,
        profile,
      });
    const addWorker = async () => {
      const added = of('worker', worker);
      await added.waitForOutput(/ready/);
      return added;
    };
    const api = of('api', 'bullmq');
    return { programs: [api, await addWorker()], url: await urlOf(api), addWorker };
  },
});

/** As in BullMQ's documentation: one queue per role, a job that waits for children, `waitUntilFinished`. */
export const bullmq = onBullmq(
  { name: 'bullmq', title: 'BullMQ, the obvious version, concurrency 100' },
  'bullmq',
  100,
);

export const bullmqWide = onBullmq(
  { name: 'bullmq-2000', title: 'BullMQ, the same with concurrency 2000' },
  'bullmq',
  2_000,
);

/** One job without children: fast, but its steps cannot be inspected, limited or routed separately. */
export const bullmqSteps = onBullmq(
  { name: 'bullmq-steps', title: 'BullMQ, one job re-entered per step' },
  'bullmq-steps',
  2_000,
);

/** A library in the server process that stores its progress in PostgreSQL. */
export const onPostgres = (about: Pick<Peer, 'name' | 'title' | 'survives'>): Peer => ({
  ...about,
  store: 'postgres',
  async start({ dir, modelUrl, store, profile }) {
    const env = { MODEL_URL: modelUrl, POSTGRES_URL: store?.url ?? '' };
    const entry = `benchmarks/src/peers/${about.name}/main.ts`;
    const program = startNode(about.name, { entry, dir, env, profile });
    return { url: await urlOf(program), programs: [program] };
  },
});

export const dbos = onPostgres({
  name: 'dbos',
  title: 'DBOS on PostgreSQL',
  survives: 'yes',
});

export const langgraph = onPostgres({
  name: 'langgraph',
  title: 'LangGraph, PostgreSQL checkpoints',
  survives: 'by hand',
});

/** Model prefix for which the simulator's compare answers with a complete program. */
export const PYTHON_MODELS = 'python';

/**
 * The model calls of the Python service in its order: classify, then the route, with a reviewer that writes the complete
 * program. Runs in-process, without the service's own overhead.
 */
export const pythonOrder: Peer = {
  name: 'python-order',
  title: 'the Python service’s order of calls',
  survives: 'no',
  store: null,
  measures: ['W'],
  async start({ dir, modelUrl }) {
    const env = { MODEL_URL: modelUrl, MODELS: PYTHON_MODELS };
    const program = startNode('python-order', { entry: 'benchmarks/src/peers/limit/main.ts', dir, env });
    return { url: await urlOf(program), programs: [program] };
  },
};
