import { setTimeout as sleep } from 'node:timers/promises';
import { countCommands, watchCommands } from '@codegen/testing/redis/command-watch';
import type { Bench } from '../bench.ts';
import type { Hold } from '../load/requests.ts';
import { stateOf } from '../machine/stores.ts';
import { type Figures, median } from '../results.ts';
import { COMPLEX, type Measure, programText, type StartBench } from './measure.ts';

const WATCHED_RUNS = { quick: 10, full: 40 };
const KEPT_RUNS = { quick: 50, full: 400 };

/** Redis commands per complex run, and the data it leaves in Redis. */
export const footprint: Measure = {
  key: 'B',
  title: 'commands and round trips to Redis per complex run; bytes and keys it leaves there',
  peers: ['ours', 'bullmq', 'bullmq-steps'],
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: 0 } });
    const { store } = bench;
    const job = { url: bench.system.url, query: COMPLEX };
    await bench.load.drive({ ...job, concurrency: 4, until: { requests: 30 } });

    const runs = WATCHED_RUNS[scale];
    await using watch = await watchCommands(store?.url ?? '');
    await bench.load.drive({ ...job, concurrency: 1, until: { requests: runs } });
    const { sent, roundTrips, executed } = countCommands(await watch.commands());
    await watch[Symbol.asyncDispose]();

    const kept = KEPT_RUNS[scale];
    const before = await stateOf(store);
    await bench.load.drive({ ...job, concurrency: 8, until: { requests: kept } });
    const after = await stateOf(store);
    return {
      roundTrips: roundTrips / runs,
      commandsSent: sent / runs,
      commandsExecuted: executed / runs,
      kbKept: (after.bytes - before.bytes) / kept / 1_024,
      keysKept: (after.keys - before.keys) / kept,
      kbIn: (after.received - before.received) / kept / 1_024,
      kbOut: (after.sent - before.sent) / kept / 1_024,
      kbAppended: (after.appended - before.appended) / kept / 1_024,
    };
  },
};

const WAITING_REQUESTS = { quick: 500, full: 5_000 };
/** Longer than the measurement: no request is answered during it. */
const MEMORY_PACE = { latencyMs: 600_000, keepAliveMs: 600_000 };
/** The default concurrency of the service, so that most jobs wait in the queue. */
const MEMORY_SETTINGS = {
  SYNC_WAIT_SECONDS: '3600',
  WORKER_CONCURRENCY: '200',
  MODEL_FIRST_TOKEN_SECONDS: '3600',
  MODEL_IDLE_SECONDS: '3600',
  MODEL_TIMEOUT_SECONDS: '3600',
};

/** Memory per waiting request in the process with the connection, and in all processes. */
export const memory: Measure = {
  key: 'M',
  title: 'memory per waiting request, with 5,000 of them (quick: 500)',
  async measure(open, scale) {
    const count = WAITING_REQUESTS[scale];
    const figures: Record<string, number> = {};
    {
      await using bench = await open({ pace: MEMORY_PACE, settings: MEMORY_SETTINGS });
      Object.assign(figures, await memoryPerRequest(bench, count, 'results'));
    }
    // Only the service has event streams.
    await using bench = await open({ pace: MEMORY_PACE, settings: MEMORY_SETTINGS });
    if (bench.peer.name === 'ours') {
      const { frontKb, frontRssKb } = await memoryPerRequest(bench, count, 'events');
      Object.assign(figures, { streamKb: frontKb, streamRssKb: frontRssKb });
    }
    return figures;
  },
};

async function memoryPerRequest(bench: Bench, count: number, what: Hold['what']): Promise<Figures> {
  const hold = { url: bench.system.url, query: COMPLEX, what };
  // Warm-up: excludes memory that is allocated once.
  await bench.load.hold({ ...hold, count: 100 });
  await waitUntilIdle(bench);
  const before = await memoryOf(bench);
  await bench.load.hold({ ...hold, count });
  await waitUntilIdle(bench);
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
  if (front === undefined) throw new Error('no program is running');
  const all = others.reduce((sum, one) => ({ rss: sum.rss + one.rss, used: sum.used + one.used }), front);
  return { front, all };
}

const POLL_MS = 500;
/** Share of one core below which the system counts as idle. */
const IDLE_SHARE = 0.06;

/** Keep-alives may prevent the system from becoming idle. */
const IDLE_TIMEOUT_MS = 20_000;

/** Resolves when the system is idle, or after a timeout. */
async function waitUntilIdle(bench: Bench): Promise<void> {
  const spent = () => {
    const { system, store, models } = bench.cpu();
    return system + store + models;
  };
  const until = Date.now() + IDLE_TIMEOUT_MS;
  for (let before = spent(), still = 0; still < 3 && Date.now() < until; ) {
    await sleep(POLL_MS);
    const now = spent();
    still = now - before <= POLL_MS * IDLE_SHARE ? still + 1 : 0;
    before = now;
  }
}

const WAITING = { quick: [1, 100], full: [1, 10, 100, 1_000, 10_000] };
const TEXT_KB = { quick: [1, 50], full: [1, 10, 50, 200] };

/** Cost per run by the number of waiting runs and by the length of model answers. */
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
    for (const count of WAITING[scale]) add(`${count}`, await measureWaitingRuns(open, count));
    for (const kilobytes of TEXT_KB[scale]) add(`${kilobytes}KB`, await measureTextLength(open, kilobytes));
    return figures;
  },
};

/** Accepts `count` runs without a worker, then starts one worker that completes them. */
async function measureWaitingRuns(open: StartBench, count: number): Promise<Figures> {
  await using bench = await open({
    pace: { latencyMs: 0 },
    workers: 0,
    settings: { MAX_ACTIVE_JOBS: '100000' },
  });
  const job = { url: bench.system.url, query: COMPLEX, expect: 'accepted' } as const;
  // Warm-up. These runs stay in the queue.
  await bench.load.drive({ ...job, concurrency: 8, until: { requests: 50 } });
  const [memory, redis] = [await frontMemory(bench), await stateOf(bench.store)];
  const cpu = bench.cpu();
  const { latenciesMs } = await bench.load.drive({
    ...job,
    concurrency: Math.min(8, count),
    until: { requests: count },
  });
  const submitted = bench.cpu();
  const [memoryThen, redisThen] = [await frontMemory(bench), await stateOf(bench.store)];
  const last = latenciesMs.slice(-Math.max(1, Math.ceil(count / 10)));

  await using worker = await bench.system.addWorker?.();
  if (worker === undefined) throw new Error('the peer has no addWorker');
  const startedAt = performance.now();
  while ((await unfinishedRuns(bench.system.url)) > 0) await sleep(50);
  const done = count + 50;
  return {
    acceptMs: median(last),
    acceptCpuMs: (submitted.system + submitted.store - cpu.system - cpu.store) / count,
    redisKb: (redisThen.bytes - redis.bytes) / count / 1_024,
    apiKb: (memoryThen - memory) / count / 1_024,
    drainMsPerRun: (performance.now() - startedAt) / done,
  };
}

/** 0 when no run is queued or running; lists at most one run of each status. */
async function unfinishedRuns(url: string): Promise<number> {
  const each = ['queued', 'running'].map(async (status) => {
    const page = (await (await fetch(`${url}/jobs?status=${status}&limit=1`)).json()) as { jobs?: unknown[] };
    if (page.jobs === undefined) throw new Error(`no list of jobs: ${JSON.stringify(page)}`);
    return page.jobs.length;
  });
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0);
}

/** Sets the length of the answers of all stages that write code. */
async function measureTextLength(open: StartBench, kilobytes: number): Promise<Figures> {
  await using bench = await open({ pace: { latencyMs: 0 } });
  const writers = [
    'generate.direct',
    'generate.interpreted',
    'enhance.direct',
    'enhance.interpreted',
    'polish',
  ];
  for (const stage of writers) {
    await bench.models.setAnswer(stage, `\`\`\`js\n${programText(stage, (kilobytes * 1_024) / 4)}\n\`\`\``);
  }
  const job = { url: bench.system.url, query: COMPLEX, concurrency: 2 };
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
    networkKb: (redisThen.received + redisThen.sent - redis.received - redis.sent) / runs / 1_024,
    memoryMb: memories.reduce((sum, { rss }) => sum + rss, 0) / 2 ** 20,
  };
}

async function frontMemory({ system }: Bench): Promise<number> {
  const { heapUsed, external } = await system.programs[0].memory();
  return heapUsed + external;
}
