import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../results.ts';
import type { Measure, OpenBench } from './measure.ts';
import { COMPLEX } from './queries.ts';

const LATENCY_MS = 500;
/** Stages at a time in one worker: few, so that the models are what a worker waits for. */
const CONCURRENCY = 16;
/** Requests under way for each worker; more than it can have stages in hand. */
const REQUESTS = 40;
const WARM_UP_MS = 6_000;
const WINDOW_MS = { quick: 4_000, full: 15_000 };

/** What more workers bring when all are busy with models: model calls a second, over those of one worker. */
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

async function rate(open: OpenBench, workers: number, windowMs: number): Promise<number> {
  await using bench = await open({ pace: { latencyMs: LATENCY_MS }, concurrency: CONCURRENCY, workers });
  const { load, models, system } = bench;
  const seconds = (WARM_UP_MS + windowMs) / 1_000;
  const driven = load.drive({
    url: system.url,
    query: COMPLEX,
    atOnce: REQUESTS * workers,
    until: { seconds },
  });
  await sleep(WARM_UP_MS);
  const answered = async () => (await models.calls()).status.answered ?? 0;
  const [before, since] = [await answered(), performance.now()];
  await sleep(windowMs);
  const calls = (await answered()) - before;
  const elapsedMs = performance.now() - since;
  await driven;
  return (calls * 1_000) / elapsedMs;
}
