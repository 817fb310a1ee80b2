import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench-site.ts';
import { stateOf } from '../machine/redis.ts';
import type { Figures } from '../results.ts';
import { median } from '../statistics.ts';
import type { Measure, OpenBench } from './measure.ts';
import { program } from './program-text.ts';
import { COMPLEX } from './queries.ts';

const WAITING = { quick: [1, 100], full: [1, 10, 100, 1_000, 10_000] };
const TEXT_KB = { quick: [1, 50], full: [1, 10, 50, 200] };

/** How cost grows with the number of runs that wait, and with the length of what models write. */
export const growth: Measure = {
  key: 'G',
  title: 'time, memory and Redis bytes per run: 1 to 10,000 waiting runs, 1 to 200 KB of text per model call',
  peers: ['ours'],
  rounds: 1,
  async measure(open, scale) {
    const figures: Record<string, number> = {};
    const add = (size: string, more: Figures) => {
      for (const [name, value] of Object.entries(more)) figures[`${name}@${size}`] = value;
    };
    for (const count of WAITING[scale]) add(`${count}`, await waiting(open, count));
    for (const kilobytes of TEXT_KB[scale]) add(`${kilobytes}KB`, await writing(open, kilobytes));
    return figures;
  },
};

/** So many runs are accepted while no worker is there; then one comes and does them all. */
async function waiting(open: OpenBench, count: number): Promise<Figures> {
  await using bench = await open({ pace: { latencyMs: 0 }, workers: 0, settings: { MAX_ACTIVE_JOBS: '100000' } });
  const job = { url: bench.system.url, query: COMPLEX, expect: 'accepted' } as const;
  // Warm: what is made once is not of these runs. They stay in the queue.
  await bench.load.drive({ ...job, atOnce: 8, until: { requests: 50 } });
  const [memory, redis] = [await frontMemory(bench), await stateOf(bench.store)];
  const cpu = bench.cpu();
  const { latenciesMs } = await bench.load.drive({
    ...job,
    atOnce: Math.min(8, count),
    until: { requests: count },
  });
  const submitted = bench.cpu();
  const [memoryThen, redisThen] = [await frontMemory(bench), await stateOf(bench.store)];
  const last = latenciesMs.slice(-Math.max(1, Math.ceil(count / 10)));

  await using worker = await bench.system.addWorker?.();
  if (worker === undefined) throw new Error('there is no worker to add');
  const startedAt = performance.now();
  while ((await createRuns(bench.system.url)) > 0) await sleep(50);
  const done = count + 50;
  return {
    acceptMs: median(last),
    acceptCpuMs: (submitted.system + submitted.store - cpu.system - cpu.store) / count,
    redisKb: (redisThen.bytes - redis.bytes) / count / 1_024,
    apiKb: (memoryThen - memory) / count / 1_024,
    drainMsPerRun: (performance.now() - startedAt) / done,
  };
}

/** Runs that have not ended: the newest ones are the last to end, for runs are taken in order. */
async function createRuns(url: string): Promise<number> {
  const each = ['queued', 'running'].map(async (status) => {
    const page = (await (await fetch(`${url}/jobs?status=${status}&limit=1`)).json()) as { jobs?: unknown[] };
    if (page.jobs === undefined) throw new Error(`no list of jobs: ${JSON.stringify(page)}`);
    return page.jobs.length;
  });
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0);
}

/** Models write so much at every stage that writes code. */
async function writing(open: OpenBench, kilobytes: number): Promise<Figures> {
  await using bench = await open({ pace: { latencyMs: 0 } });
  const writers = [
    'generate.direct',
    'generate.interpreted',
    'enhance.direct',
    'enhance.interpreted',
    'polish',
  ];
  for (const stage of writers) {
    await bench.models.answer(stage, `\`\`\`js\n${program(stage, (kilobytes * 1_024) / 4)}\n\`\`\``);
  }
  const job = { url: bench.system.url, query: COMPLEX, atOnce: 2 };
  await bench.load.drive({ ...job, until: { requests: 6 } });
  const runs = 20;
  const [redis, cpu] = [await stateOf(bench.store), bench.cpu()];
  const { latenciesMs } = await bench.load.drive({ ...job, until: { requests: runs } });
  const [redisThen, cpuThen] = [await stateOf(bench.store), bench.cpu()];
  const memories = await Promise.all(bench.system.programs.map((one) => one.memory()));
  return {
    runMs: median(latenciesMs),
    runCpuMs: (cpuThen.system + cpuThen.store - cpu.system - cpu.store) / runs,
    redisKb: (redisThen.bytes - redis.bytes) / runs / 1_024,
    networkKb: (redisThen.received + redisThen.said - redis.received - redis.said) / runs / 1_024,
    memoryMb: memories.reduce((sum, { rss }) => sum + rss, 0) / 2 ** 20,
  };
}

async function frontMemory({ system }: Bench): Promise<number> {
  const { heapUsed, external } = await system.programs[0].memory();
  return heapUsed + external;
}
