import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { framesOf } from '@codegen/testing/api/event-frames';
import { waitForCleanup } from './checks/leaks.ts';
import { type HttpRequest, send } from './client/http.ts';
import { markerOf, queryOf } from './client/requests.ts';
import type { ManagedProcess } from './system/process.ts';
import { startSystem } from './system/system.ts';
import { waitUntil } from './system/until.ts';
import { measureProcess, measureSystem, type ProcessUsage, type SystemUsage } from './system/usage.ts';

export interface Crowd {
  readonly size: number;
  /** Usage of the API process without clients, with waiting requests, and with additional event streams. */
  readonly idle: ProcessUsage;
  readonly waiting: ProcessUsage;
  readonly following: ProcessUsage;
  /** Unexpected responses, one line each. */
  readonly unexpected: readonly string[];
  readonly before: SystemUsage;
  readonly after: SystemUsage;
}

/** Jobs with event streams; each has many subscribers. */
const FOLLOWED = 20;
const BATCH = 100;
const PAUSE_MS = 500;
const MAX_TRIES = 100;

/** Opens `size` waiting requests and `size` event streams at one API process, then completes all of them. */
export async function runCrowd(size: number): Promise<Crowd> {
  await using system = await startSystem({
    apis: 1,
    workers: 1,
    env: { SYNC_WAIT_SECONDS: '3600', MAX_ACTIVE_JOBS: '100000' },
  });
  const [url = ''] = system.urls;
  const [api] = system.apis;
  const [worker] = system.workers;
  if (api === undefined || worker === undefined) throw new Error('the system is incomplete');
  const before = await measureSystem(system);
  const idle = await measureProcess(api);
  // Without a worker all requests wait.
  await worker.stop();
  const jobs: string[] = [];
  const unexpected: string[] = [];

  const results = await inBatches(size, size, api, (index) => waitFor(url, index, jobs, unexpected));
  const waiting = await measureProcess(api);
  const followed = await Promise.all(
    Array.from({ length: FOLLOWED }, (_, index) => submit(url, size + index)),
  );
  jobs.push(...followed);
  const streams = await inBatches(size, 2 * size, api, async (index) => {
    const frames = framesOf(`${url}/jobs/${followed[index % FOLLOWED]}/events`);
    let last = '';
    for await (const { type } of frames) last = type;
    if (last !== 'job.finished') unexpected.push(`a stream ended with ${last}`);
  });
  const following = await measureProcess(api);
  await worker.start();
  await Promise.all([...results, ...streams]);
  const after = await waitForCleanup(system, before, jobs);
  if (unexpected.length === 0) await rm(system.dir, { recursive: true });
  return { size, idle, waiting, following, unexpected, before, after };
}

/** Starts `size` clients in batches. Resolves when the API has `total` connections. */
async function inBatches(
  size: number,
  total: number,
  api: ManagedProcess,
  start: (index: number) => Promise<void>,
): Promise<Promise<void>[]> {
  const started: Promise<void>[] = [];
  while (started.length < size) {
    for (let one = 0; one < BATCH && started.length < size; one++) started.push(start(started.length));
    await sleep(20);
  }
  const sockets = async () => (await measureProcess(api)).resources.TCPSocketWrap ?? 0;
  await waitUntil(`${total} connections`, async () => (await sockets()) >= total, { everyMs: 500 });
  return started;
}

/**
 * Repeats a request while Redis does not answer in time, which happens if all requests arrive at once on a loaded machine.
 * Returns the refusal after `MAX_TRIES`.
 */
async function sendUntilTaken(url: string, index: number, request: HttpRequest = {}) {
  const headers = { ...request.headers, 'Idempotency-Key': markerOf(index) };
  for (let tries = 1; ; tries++) {
    const response = await send(url, { ...request, headers });
    const isRefused = response.text.includes('/problems/queue-unavailable');
    if (!isRefused || tries === MAX_TRIES) return response;
    await sleep(PAUSE_MS);
  }
}

async function waitFor(url: string, index: number, jobs: string[], unexpected: string[]) {
  const query = queryOf({ kind: 'simple', marker: markerOf(index) });
  try {
    const { status, headers } = await sendUntilTaken(
      `${url}/generate?query=${encodeURIComponent(query)}`,
      index,
    );
    jobs.push(String(headers['x-job-id']));
    if (status !== 200) unexpected.push(`a waiting request returned ${status}`);
  } catch (error) {
    unexpected.push(String(error));
  }
}

async function submit(url: string, index: number): Promise<string> {
  const { headers } = await sendUntilTaken(`${url}/jobs`, index, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: queryOf({ kind: 'simple', marker: markerOf(index) }) }),
  });
  return String(headers['x-job-id']);
}
