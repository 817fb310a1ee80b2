import { startNode } from '../../machine/node-program.ts';
import { urlOf } from '../address.ts';
import type { Peer } from '../peer.ts';

const bullmqAt = (name: string, own: number): Peer => ({
  name,
  title: `BullMQ, the obvious version, concurrency ${own}`,
  survives: 'yes',
  store: 'redis',
  async start({ dir, modelUrl, store, profile, concurrency = own }) {
    const env = { MODEL_URL: modelUrl, REDIS_URL: store?.url ?? '', CONCURRENCY: String(concurrency) };
    const of = (part: string) =>
      startNode(`${name}-${part}`, {
        entry: `benchmarks/src/peers/bullmq/${part}/main.ts`,
        dir,
        env,
        profile,
      });
    const [api, worker] = [of('api'), of('worker')];
    await worker.said(/ready/);
    return { url: await urlOf(api), programs: [api, worker] };
  },
});

/** As its documentation has it: a queue for each kind of step, a job that waits for children, `waitUntilFinished`. */
export const bullmq = bullmqAt('bullmq', 100);
export const bullmqWide = bullmqAt('bullmq-2000', 2_000);
