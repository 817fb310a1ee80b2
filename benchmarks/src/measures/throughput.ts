import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, median, quantile } from '../results.ts';
import { COMPLEX, type Measure, SEQUENTIAL_CALLS, type StartBench } from './measure.ts';

const THROUGHPUT_CONCURRENCY = 64;

/** Runs per second with immediate model answers, and CPU time per run. */
export const throughput: Measure = {
  key: 'T',
  title: 'runs per second at latency 0, 64 requests at a time',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: 0 } });
    const job = { url: bench.system.url, query: COMPLEX, concurrency: THROUGHPUT_CONCURRENCY };
    await bench.load.drive({ ...job, until: { seconds: scale === 'quick' ? 0.8 : 4 } });
    const before = bench.cpu();
    const { runs, elapsedMs, latenciesMs } = await bench.load.drive({
      ...job,
      until: { seconds: scale === 'quick' ? 1.5 : 10 },
    });
    const after = bench.cpu();
    return {
      runsPerSecond: (runs * 1_000) / elapsedMs,
      cpuMsPerRun: (after.system + after.store - before.system - before.store) / runs,
      storeCpuMsPerRun: (after.store - before.store) / runs,
      modelsCpuMsPerRun: (after.models - before.models) / runs,
      latencyP50Ms: median(latenciesMs),
      latencyP99Ms: quantile(latenciesMs, 0.99),
    };
  },
};

const CROWD_LATENCY_MS = 500;
const CROWD_REQUESTS = { quick: 200, full: 1_000 };

/** Time to complete a burst of requests, divided by the time of the model calls alone. */
export const crowd: Measure = {
  key: 'C',
  title: 'makespan of 1,000 requests at once (quick: 200) at latency 500 ms, over the ideal 3 s',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: CROWD_LATENCY_MS } });
    const job = { url: bench.system.url, query: COMPLEX };
    await bench.load.drive({ ...job, concurrency: 20, until: { requests: scale === 'quick' ? 20 : 60 } });
    const requests = CROWD_REQUESTS[scale];
    const before = bench.cpu();
    const { elapsedMs, latenciesMs } = await bench.load.drive({
      ...job,
      concurrency: requests,
      until: { requests },
    });
    const after = bench.cpu();
    return {
      overIdeal: elapsedMs / (SEQUENTIAL_CALLS * CROWD_LATENCY_MS),
      makespanMs: elapsedMs,
      latencyP50Ms: median(latenciesMs),
      latencyP99Ms: quantile(latenciesMs, 0.99),
      cpuMsPerRun: (after.system + after.store - before.system - before.store) / requests,
    };
  },
};

const SCALING_LATENCY_MS = 500;
/** Low, so that model calls limit a worker. */
const WORKER_CONCURRENCY = 16;
/** Concurrent requests per worker; more than it can run stages. */
const REQUESTS_PER_WORKER = 40;
const WARM_UP_MS = 6_000;
const WINDOW_MS = { quick: 4_000, full: 15_000 };

/** Model calls per second with several workers, divided by those of one worker. */
export const scaling: Measure = {
  key: 'S',
  title: 'model calls per second with 1, 2 and 4 workers, over linear, on model-bound load',
  peers: ['ours'],
  async measure(open, scale) {
    const figures: Record<string, number> = {};
    for (const workers of [1, 2, 4]) {
      figures[`callsPerSecond@${workers}`] = await rate(open, workers, WINDOW_MS[scale]);
    }
    return { ...figures, ...ratios(figures) };
  },
};

function ratios(figures: Figures): Figures {
  const one = figures['callsPerSecond@1'] ?? Number.NaN;
  return Object.fromEntries(
    [2, 4].map((workers) => [
      `overLinear@${workers}`,
      (figures[`callsPerSecond@${workers}`] ?? 0) / (workers * one),
    ]),
  );
}

async function rate(open: StartBench, workers: number, windowMs: number): Promise<number> {
  await using bench = await open({
    pace: { latencyMs: SCALING_LATENCY_MS },
    concurrency: WORKER_CONCURRENCY,
    workers,
  });
  const { load, models, system } = bench;
  const seconds = (WARM_UP_MS + windowMs) / 1_000;
  const driven = load.drive({
    url: system.url,
    query: COMPLEX,
    concurrency: REQUESTS_PER_WORKER * workers,
    until: { seconds },
  });
  await sleep(WARM_UP_MS);
  const answeredCalls = async () => (await models.calls()).status.answered ?? 0;
  const [before, since] = [await answeredCalls(), performance.now()];
  await sleep(windowMs);
  const calls = (await answeredCalls()) - before;
  const elapsedMs = performance.now() - since;
  await driven;
  return (calls * 1_000) / elapsedMs;
}
