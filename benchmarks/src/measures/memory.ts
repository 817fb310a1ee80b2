import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench-site.ts';
import type { Hold } from '../load/job.ts';
import type { Figures } from '../results.ts';
import type { Measure } from './measure.ts';
import { COMPLEX } from './queries.ts';

const COUNT = { quick: 500, full: 5_000 };
/** Longer than the measure takes: nobody is answered meanwhile. */
const PACE = { latencyMs: 600_000, keepAliveMs: 600_000 };
/** Follows the service's own default, for what waits is to wait in the queue. */
const SETTINGS = {
  SYNC_WAIT_SECONDS: '3600',
  WORKER_CONCURRENCY: '200',
  MODEL_FIRST_TOKEN_SECONDS: '3600',
  MODEL_IDLE_SECONDS: '3600',
  MODEL_TIMEOUT_SECONDS: '3600',
};

/** What each request that waits takes of the process that has its connection, and of all processes. */
export const memory: Measure = {
  key: 'M',
  title: 'memory per waiting request, with 5,000 of them (quick: 500)',
  async measure(open, scale) {
    const count = COUNT[scale];
    const figures: Record<string, number> = {};
    {
      await using bench = await open({ pace: PACE, settings: SETTINGS });
      Object.assign(figures, await growth(bench, count, 'results'));
    }
    // Of the peers only the service has event streams.
    await using bench = await open({ pace: PACE, settings: SETTINGS });
    if (bench.peer.name === 'ours') {
      const { frontKb, frontRssKb } = await growth(bench, count, 'events');
      Object.assign(figures, { streamKb: frontKb, streamRssKb: frontRssKb });
    }
    return figures;
  },
};

async function growth(bench: Bench, count: number, what: Hold['what']): Promise<Figures> {
  const hold = { url: bench.system.url, query: COMPLEX, what };
  // What is made once, however many come.
  await bench.load.hold({ ...hold, count: 100 });
  await quiet(bench);
  const before = await memoryOf(bench);
  await bench.load.hold({ ...hold, count });
  await quiet(bench);
  const after = await memoryOf(bench);
  const ended = await bench.load.release();
  const perRequest = (bytes: number) => bytes / (count - ended) / 1_024;
  return {
    refused: ended,
    frontKb: perRequest(after.front.used - before.front.used),
    frontRssKb: perRequest(after.front.rss - before.front.rss),
    allKb: perRequest(after.all.used - before.all.used),
    allRssKb: perRequest(after.all.rss - before.all.rss),
  };
}

async function memoryOf({ system }: Bench) {
  const each = await Promise.all(system.programs.map((program) => program.memory()));
  const [front, ...others] = each.map(({ rss, heapUsed, external }) => ({ rss, used: heapUsed + external }));
  if (front === undefined) throw new Error('nothing runs');
  const all = others.reduce((sum, one) => ({ rss: sum.rss + one.rss, used: sum.used + one.used }), front);
  return { front, all };
}

const LOOK_MS = 500;
/** Share of a core that counts as doing nothing. */
const IDLE = 0.06;

/** What answers keep-alives is never quite quiet. */
const PATIENCE_MS = 20_000;

/** Resolves when nobody works on anything any more, or after a while. */
async function quiet(bench: Bench): Promise<void> {
  const spent = () => {
    const { system, store, models } = bench.cpu();
    return system + store + models;
  };
  const until = Date.now() + PATIENCE_MS;
  for (let before = spent(), still = 0; still < 3 && Date.now() < until; ) {
    await sleep(LOOK_MS);
    const now = spent();
    still = now - before <= LOOK_MS * IDLE ? still + 1 : 0;
    before = now;
  }
}
