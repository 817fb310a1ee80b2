import { median } from '../results.ts';
import type { Measure } from './measure.ts';

const LATENCY_MS = 50;
const QUERIES = {
  simple: 'Write a Python function to reverse a string',
  complexPython: 'Write a Python function to reverse a string, with type checks and an example',
  complexJavaScript: 'Write a JavaScript function to reverse a string, with type checks and an example',
};
const MODES = ['off', 'syntax', 'embedded'];

/** Wall time and model calls of each route with each value of `SANDBOX`, one request at a time, in the same minutes. */
export const verification: Measure = {
  key: 'V',
  title: `wall time and model calls per route, by SANDBOX, ${LATENCY_MS} ms of model latency`,
  peers: ['ours'],
  async measure(open, scale) {
    const figures: Record<string, number> = {};
    for (const mode of MODES) {
      await using bench = await open({ pace: { latencyMs: LATENCY_MS }, settings: { SANDBOX: mode } });
      for (const [name, query] of Object.entries(QUERIES)) {
        // The first starts the interpreters.
        await time(bench.system.url, `${query} ${mode}`);
        await bench.models.clearCalls();
        const times: number[] = [];
        for (let index = 0; index < (scale === 'quick' ? 2 : 10); index++)
          times.push(await time(bench.system.url, `${query} ${index}`));
        figures[`${name}Ms:${mode}`] = median(times);
        figures[`${name}Calls:${mode}`] = (await bench.models.calls()).total / times.length;
      }
    }
    return figures;
  },
};

async function time(url: string, query: string): Promise<number> {
  const sentAt = performance.now();
  const response = await fetch(`${url}/generate?query=${encodeURIComponent(query)}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`status ${response.status}: ${body}`);
  return performance.now() - sentAt;
}
