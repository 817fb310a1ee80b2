import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../../machine/node-program.ts';
import { urlOf } from '../address.ts';
import type { Peer } from '../peer.ts';

/** The service as it ships: API and workers as processes of their own, everything on. */
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
