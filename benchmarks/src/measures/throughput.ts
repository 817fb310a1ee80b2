import { median, quantile } from '../statistics.ts';
import type { Measure } from './measure.ts';
import { COMPLEX } from './queries.ts';

const AT_ONCE = 64;

/** Runs a second when models answer at once, and what a run costs. */
export const throughput: Measure = {
  key: 'T',
  title: 'runs per second at latency 0, 64 requests at a time',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: 0 } });
    const job = { url: bench.system.url, query: COMPLEX, atOnce: AT_ONCE };
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
