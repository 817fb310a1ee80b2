import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure.ts';
import { COMPLEX } from './queries.ts';

/** Longer than any takeover, so that the stage is still under way when its worker is killed. */
const LATENCY_MS = 300_000;
const LOOK_MS = 5;

/** How long a stage stands still whose worker was killed. */
export const takeover: Measure = {
  key: 'K',
  title: 'time from kill -9 of a worker to its stage running again',
  peers: ['ours', 'bullmq'],
  async measure(open) {
    await using bench = await open({ pace: { latencyMs: LATENCY_MS }, workers: 1 });
    const { system, models, load } = bench;
    const [, victim] = system.programs;
    if (victim === undefined || system.addWorker === undefined) throw new Error('there is no worker to kill');
    await load.hold({ url: system.url, query: `${COMPLEX} ${randomUUID()}`, count: 1, what: 'results' });
    const asked = async () => (await models.calls()).total;
    while ((await asked()) < 1) await sleep(LOOK_MS);
    await using _other = await system.addWorker();
    const killedAt = performance.now();
    await victim.end('SIGKILL');
    while ((await asked()) < 2) await sleep(LOOK_MS);
    return { takeoverMs: performance.now() - killedAt };
  },
};
