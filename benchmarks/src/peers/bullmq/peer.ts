import { startNode } from '../../machine/node-program.ts';
import { urlOf } from '../address.ts';
import type { Peer } from '../peer.ts';

/** HTTP in one process, the work in another, as in this service. */
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
      await added.said(/ready/);
      return added;
    };
    const api = of('api', 'bullmq');
    return { programs: [api, await addWorker()], url: await urlOf(api), addWorker };
  },
});

/** As its documentation has it: a queue for each kind of step, a job that waits for children, `waitUntilFinished`. */
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

/** No flow and no children: fast, and no step of it can be seen, limited or placed by itself. */
export const bullmqSteps = onBullmq(
  { name: 'bullmq-steps', title: 'BullMQ, one job re-entered per step' },
  'bullmq-steps',
  2_000,
);
