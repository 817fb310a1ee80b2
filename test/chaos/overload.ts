import { setTimeout as sleep } from 'node:timers/promises';
import { aftermath } from './aftermath.ts';
import { markerOf, queryOf } from './request.ts';
import { openSite } from './site.ts';
import { type Levels, levelsOf } from './vitals.ts';

export interface Overload {
  /** Requests a second that the site serves at most. */
  readonly capacity: number;
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
const PROBE_EVERY_MS = 200;

/** Arrivals at twice what a site can serve, for so many seconds. */
export async function overload(seconds: number): Promise<Overload> {
  await using site = await openSite({
    apis: 1,
    workers: 1,
    simulator: ['--latency-ms', '100'],
    env: { WORKER_CONCURRENCY: '4', MAX_QUEUED: '20' },
  });
  const jobs = new Set<string>();
  const odd: string[] = [];
  let [index, served, shed] = [0, 0, 0];
  const [url = ''] = site.urls;

  const ask = async () => {
    const query = queryOf({ kind: 'simple', marker: markerOf(index++) });
    const response = await fetch(`${url}/generate?query=${encodeURIComponent(query)}`);
    const body = (await response.json()) as { type?: string };
    const id = response.headers.get('X-Job-Id');
    if (id !== null) jobs.add(id);
    if (response.status === 200) served++;
    else if (body.type === '/problems/overloaded' && Number(response.headers.get('Retry-After')) > 0) shed++;
    else odd.push(`${response.status} ${body.type}`);
  };

  const startedAt = performance.now();
  const lane = async () => {
    while (served < WARM_UP && odd.length === 0) await ask();
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const capacity = (served / (performance.now() - startedAt)) * 1_000;
  const before = await levelsOf(site);
  [served, shed] = [0, 0];

  let [slowestHealthMs, over] = [0, false];
  const probing = (async () => {
    while (!over) {
      const sentAt = performance.now();
      const isWell = await fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
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
  const count = Math.ceil(2 * capacity * seconds);
  while (arrivals.length < count) {
    // As many as are due by now, whatever became of those before.
    const due = Math.min(count, ((performance.now() - first) / 1_000) * 2 * capacity);
    while (arrivals.length < due) arrivals.push(ask().catch((error) => void odd.push(String(error))));
    await sleep(5);
  }
  await Promise.all(arrivals);
  over = true;
  await probing;
  const after = await aftermath(site, before, jobs);
  return { capacity, asked: count, served, shed, odd, slowestHealthMs, before, after };
}
