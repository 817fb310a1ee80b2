import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForCleanup } from './checks/leaks.ts';
import { send } from './client/http.ts';
import { markerOf, queryOf } from './client/requests.ts';
import { startSystem } from './system/system.ts';
import { measureSystem, type SystemUsage } from './system/usage.ts';

export interface Overload {
  readonly sent: number;
  readonly served: number;
  /** Refused as `overloaded` with `Retry-After`. */
  readonly shed: number;
  /** Unexpected responses, one line each. */
  readonly unexpected: readonly string[];
  /** Slowest health check in ms; infinite if one failed. */
  readonly slowestHealthMs: number;
  readonly before: SystemUsage;
  readonly after: SystemUsage;
}

const WARM_UP = 60;
const CONCURRENCY = 4;
const LATENCY_MS = 100;
/** Maximum requests per second. Each request makes two model calls in sequence. */
const CAPACITY = (CONCURRENCY * 1_000) / (2 * LATENCY_MS);
const PROBE_EVERY_MS = 200;

/** Sends twice the requests per second that the system can serve. */
export async function runOverload(seconds: number): Promise<Overload> {
  await using system = await startSystem({
    apis: 1,
    workers: 1,
    simulator: ['--latency-ms', String(LATENCY_MS)],
    env: { WORKER_CONCURRENCY: String(CONCURRENCY), MAX_ACTIVE_JOBS: '20' },
  });
  const jobs = new Set<string>();
  const unexpected: string[] = [];
  let [index, served, shed] = [0, 0, 0];
  const [url = ''] = system.urls;

  const request = async () => {
    const query = queryOf({ kind: 'simple', marker: markerOf(index++) });
    const { status, headers, text } = await send(`${url}/generate?query=${encodeURIComponent(query)}`);
    const id = headers['x-job-id'];
    if (typeof id === 'string') jobs.add(id);
    if (status === 200) served++;
    else if (text.includes('/problems/overloaded') && Number(headers['retry-after']) > 0) shed++;
    else unexpected.push(`${status} ${text}`);
  };

  const client = async () => {
    while (served < WARM_UP && unexpected.length === 0) await request();
  };
  await Promise.all(Array.from({ length: 8 }, client));
  const before = await measureSystem(system);
  [served, shed] = [0, 0];

  let [slowestHealthMs, isDone] = [0, false];
  const probing = (async () => {
    while (!isDone) {
      const sentAt = performance.now();
      const isHealthy = await send(`${url}/healthz`).then(
        ({ status }) => status === 200,
        () => false,
      );
      slowestHealthMs = Math.max(
        slowestHealthMs,
        isHealthy ? performance.now() - sentAt : Number.POSITIVE_INFINITY,
      );
      await sleep(PROBE_EVERY_MS);
    }
  })();
  const arrivals: Promise<void>[] = [];
  const first = performance.now();
  const count = Math.ceil(2 * CAPACITY * seconds);
  while (arrivals.length < count) {
    // Open loop: arrivals do not depend on earlier responses.
    const due = Math.min(count, ((performance.now() - first) / 1_000) * 2 * CAPACITY);
    while (arrivals.length < due)
      arrivals.push(request().catch((error) => void unexpected.push(String(error))));
    await sleep(5);
  }
  await Promise.all(arrivals);
  isDone = true;
  await probing;
  const after = await waitForCleanup(system, before, jobs);
  if (unexpected.length === 0) await rm(system.dir, { recursive: true });
  return { sent: count, served, shed, unexpected, slowestHealthMs, before, after };
}
