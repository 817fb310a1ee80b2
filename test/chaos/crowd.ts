import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { framesOf } from '../../apps/api/test/event-stream.ts';
import { aftermath } from './aftermath.ts';
import { ask } from './http.ts';
import { markerOf, queryOf } from './request.ts';
import { openSite } from './site.ts';
import type { Unit } from './unit.ts';
import { until } from './until.ts';
import { type Levels, levelsOf, type Vitals, vitalsOf } from './vitals.ts';

export interface Crowd {
  readonly size: number;
  /** Of the API: with nobody, with those who wait, and with those who follow events besides. */
  readonly alone: Vitals;
  readonly waiting: Vitals;
  readonly following: Vitals;
  /** What clients were told that was no result. */
  readonly odd: readonly string[];
  readonly before: Levels;
  readonly after: Levels;
}

/** Jobs that are followed: each by many. */
const FOLLOWED = 20;
const AT_ONCE = 100;

/** One API process with so many requests that wait and as many idle event streams, all of which are served at last. */
export async function crowd(size: number): Promise<Crowd> {
  await using site = await openSite({
    apis: 1,
    workers: 1,
    env: { SYNC_WAIT_SECONDS: '3600', MAX_ACTIVE_JOBS: '100000' },
  });
  const [url = ''] = site.urls;
  const [api] = site.apis;
  const [worker] = site.workers;
  if (api === undefined || worker === undefined) throw new Error('the site is not whole');
  const before = await levelsOf(site);
  const alone = await vitalsOf(api);
  // Nothing happens as long as nobody works.
  await worker.drain();
  const jobs: string[] = [];
  const odd: string[] = [];

  const results = await inBatches(size, size, api, (index) => waitFor(url, index, jobs, odd));
  const waiting = await vitalsOf(api);
  const followed = await Promise.all(
    Array.from({ length: FOLLOWED }, (_, index) => submit(url, size + index)),
  );
  jobs.push(...followed);
  const streams = await inBatches(size, 2 * size, api, async (index) => {
    const frames = framesOf(`${url}/jobs/${followed[index % FOLLOWED]}/events`);
    let last = '';
    for await (const { type } of frames) last = type;
    if (last !== 'job.finished') odd.push(`a stream ended with ${last}`);
  });
  const following = await vitalsOf(api);
  await worker.start();
  await Promise.all([...results, ...streams]);
  const after = await aftermath(site, before, jobs);
  if (odd.length === 0) await rm(site.dir, { recursive: true });
  return { size, alone, waiting, following, odd, before, after };
}

/** Starts so many, a few at a time, and resolves when the API has so many connections in all. */
async function inBatches(
  size: number,
  inAll: number,
  api: Unit,
  begin: (index: number) => Promise<void>,
): Promise<Promise<void>[]> {
  const begun: Promise<void>[] = [];
  while (begun.length < size) {
    for (let one = 0; one < AT_ONCE && begun.length < size; one++) begun.push(begin(begun.length));
    await sleep(20);
  }
  const sockets = async () => (await vitalsOf(api)).resources.TCPSocketWrap ?? 0;
  await until(`${inAll} connections`, async () => (await sockets()) >= inAll, { everyMs: 500 });
  return begun;
}

async function waitFor(url: string, index: number, jobs: string[], odd: string[]) {
  const query = queryOf({ kind: 'simple', marker: markerOf(index) });
  try {
    const { status, headers } = await ask(`${url}/generate?query=${encodeURIComponent(query)}`);
    jobs.push(String(headers['x-job-id']));
    if (status !== 200) odd.push(`a request that waited was answered ${status}`);
  } catch (error) {
    odd.push(String(error));
  }
}

async function submit(url: string, index: number): Promise<string> {
  const { headers } = await ask(`${url}/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: queryOf({ kind: 'simple', marker: markerOf(index) }) }),
  });
  return String(headers['x-job-id']);
}
