import { median, quantile } from '../statistics.ts';
import type { Measure } from './measure.ts';
import { CALLS_IN_A_ROW, COMPLEX } from './queries.ts';

const LATENCY_MS = 500;
const REQUESTS = { quick: 200, full: 1_000 };

/** How long many requests take that come at once, over the time the models alone would take. */
export const crowd: Measure = {
  key: 'C',
  title: 'makespan of 1,000 requests at once (quick: 200) at latency 500 ms, over the ideal 3 s',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: LATENCY_MS } });
    const job = { url: bench.system.url, query: COMPLEX };
    await bench.load.drive({ ...job, atOnce: 20, until: { requests: scale === 'quick' ? 20 : 60 } });
    const requests = REQUESTS[scale];
    const before = bench.cpu();
    const { elapsedMs, latenciesMs } = await bench.load.drive({
      ...job,
      atOnce: requests,
      until: { requests },
    });
    const after = bench.cpu();
    return {
      overIdeal: elapsedMs / (CALLS_IN_A_ROW * LATENCY_MS),
      makespanMs: elapsedMs,
      latencyP50Ms: median(latenciesMs),
      latencyP99Ms: quantile(latenciesMs, 0.99),
      cpuMsPerRun: (after.system + after.store - before.system - before.store) / requests,
    };
  },
};
