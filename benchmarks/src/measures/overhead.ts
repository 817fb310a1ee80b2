import { median, quantile } from '../statistics.ts';
import type { Measure } from './measure.ts';
import { CALLS_IN_A_ROW, COMPLEX } from './queries.ts';

const LATENCY_MS = 50;

/** What a run takes beyond its models, one at a time. */
export const overhead: Measure = {
  key: 'O',
  title: 'wall time beyond 6 × 50 ms of model latency, one request at a time',
  async measure(open, scale) {
    await using bench = await open({ pace: { latencyMs: LATENCY_MS } });
    const job = { url: bench.system.url, query: COMPLEX, atOnce: 1 };
    await bench.load.drive({ ...job, until: { requests: scale === 'quick' ? 3 : 10 } });
    await bench.models.forgetCalls();
    const { latenciesMs } = await bench.load.drive({
      ...job,
      until: { requests: scale === 'quick' ? 6 : 30 },
    });
    const beyond = latenciesMs.map((ms) => ms - CALLS_IN_A_ROW * LATENCY_MS);
    // Every peer is to do the same work.
    const callsPerRun = (await bench.models.calls()).total / latenciesMs.length;
    return { callsPerRun, overheadMs: median(beyond), overheadP90Ms: quantile(beyond, 0.9) };
  },
};
