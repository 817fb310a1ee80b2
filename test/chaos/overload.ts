import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { aftermath } from './aftermath.ts';
import { ask } from './http.ts';
import { markerOf, queryOf } from './request.ts';
import { openSite } from './site.ts';
import { type Levels, levelsOf } from './vitals.ts';

export interface Overload {
  readonly asked: number;
  readonly served: number;
  /** Refused as `overloaded`, with a time to come back. */
  readonly shed: number;
  /** What else clients were told. */
  readonly odd: readonly string[];
  /** Milliseconds of the slowest answer to a health check; infinite if one failed. */
  readonly slowestHealthMs: number;
  readonly before: Levels;
  readonly after: Levels;
}

const WARM_UP = 60;
const STAGES_AT_ONCE = 4;
const LATENCY_MS = 100;
/** Requests a second that can be served at most: each takes two calls, one after the other. */
const CAPACITY = (STAGES_AT_ONCE * 1_000) / (2 * LATENCY_MS);
const PROBE_EVERY_MS = 200;

/** Arrivals at twice what a site can serve, for so many seconds. */
export async function overload(seconds: number): Promise<Overload> {
  await using site = await openSite({
    apis: 1,
    workers: 1,
    simulator: ['--latency-ms', String(LATENCY_MS)],
    env: { WORKER_CONCURRENCY: String(STAGES_AT_ONCE), MAX_ACTIVE_JOBS: '20' },
  });
  const jobs = new Set<string>();
  const odd: string[] = [];
  let [index, served, shed] = [0, 0, 0];
  const [url = ''] = site.urls;

  const request = async () => {
    const query = queryOf({ kind: 'simple', marker: markerOf(index++) });
    const { status, headers, text } = await ask(`${url}/generate?query=${encodeURIComponent(query)}`);
    const id = headers['x-job-id'];
    if (typeof id === 'string') jobs.add(id);
    if (status === 200) served++;
    else if (text.includes('/problems/overloaded') && Number(headers['retry-after']) > 0) shed++;
    else odd.push(`${status} ${text}`);
  };

  const lane = async () => {
    while (served < WARM_UP && odd.length === 0) await request();
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const before = await levelsOf(site);
  [served, shed] = [0, 0];

  let [slowestHealthMs, over] = [0, false];
  const probing = (async () => {
    while (!over) {
      const sentAt = performance.now();
      const isWell = await ask(`${url}/healthz`).then(
        ({ status }) => status === 200,
        () => false,
      );
      slowestHealthMs = Math.max(
        slowestHealthMs,
        isWell ? performance.now() - sentAt : Number.POSITIVE_INFINITY,
      );
      await sleep(PROBE_EVERY_MS);
    }
  })();
  const arrivals: Promise<void>[] = [];
  const first = performance.now();
  const count = Math.ceil(2 * CAPACITY * seconds);
  while (arrivals.length < count) {
    // As many as are due by now, whatever became of those before.
    const due = Math.min(count, ((performance.now() - first) / 1_000) * 2 * CAPACITY);
    while (arrivals.length < due) arrivals.push(request().catch((error) => void odd.push(String(error))));
    await sleep(5);
  }
  await Promise.all(arrivals);
  over = true;
  await probing;
  const after = await aftermath(site, before, jobs);
  if (odd.length === 0) await rm(site.dir, { recursive: true });
  return { asked: count, served, shed, odd, slowestHealthMs, before, after };
}
