import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** A task for the load generator. */
export type LoadJob =
  | ({ readonly kind: 'drive' } & Drive)
  | ({ readonly kind: 'hold' } & Hold)
  /** Aborts all open requests. */
  | { readonly kind: 'release' };

/** Closed-loop load: each of `concurrency` clients sends its next request after a response. */
export interface Drive {
  /** Base URL of the system. */
  readonly url: string;
  readonly query: string;
  readonly concurrency: number;
  /** Stops after this number of requests or seconds. Requests in flight are completed. */
  readonly until: { readonly requests: number } | { readonly seconds: number };
  /** Expect a result (default) or a 202. */
  readonly expect?: 'result' | 'accepted';
}

/** Requests that stay open until the generator releases them. */
export interface Hold {
  readonly url: string;
  readonly query: string;
  readonly count: number;
  /** Requests that wait for a result, or event streams of jobs. */
  readonly what: 'results' | 'events';
}

export interface LoadResult {
  readonly runs: number;
  readonly elapsedMs: number;
  /** Per request in order of completion. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}

/** Connections without timeouts: slow responses are measured, not aborted. */
const createPool = (url: string, connections: number): Pool =>
  new Pool(url, {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 300_000 },
  });

let requestCount = 0;

/** A path with a unique query, so that no request joins the run of another. */
const generatePath = (query: string): string =>
  `/generate?query=${encodeURIComponent(`${query} ${++requestCount}`)}`;

/** Part of every response of the complex route; any other response is a failure. */
const LAST_STEP = '"bestImplementation"';

/**
 * Hand-written because autocannon closes connections with requests in flight when a timed load ends: their jobs would
 * continue into the next measurement. Stops at the first failure.
 */
export async function drive({
  url,
  query,
  concurrency,
  until,
  expect = 'result',
}: Drive): Promise<LoadResult> {
  const pool = createPool(url, concurrency);
  const expected =
    expect === 'result' ? { status: 200, text: LAST_STEP } : { status: 202, text: '"accepted"' };
  const headers: Record<string, string> = expect === 'result' ? {} : { prefer: 'respond-async' };
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const startedAt = performance.now();
  let remaining = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
  const endsAt = 'seconds' in until ? startedAt + until.seconds * 1_000 : Number.POSITIVE_INFINITY;

  const sendRequest = async () => {
    const sentAt = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path: generatePath(query), headers });
    const text = await body.text();
    latenciesMs.push(performance.now() - sentAt);
    if (statusCode !== expected.status || !text.includes(expected.text)) {
      failures.push(`${statusCode} ${text.slice(0, 200)}`);
    }
  };
  const client = async () => {
    while (remaining-- > 0 && performance.now() < endsAt && failures.length === 0) await sendRequest();
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const elapsedMs = performance.now() - startedAt;
  await pool.close();
  return { runs: latenciesMs.length, elapsedMs, latenciesMs, failures };
}

/** Requests started before each pause. Slow enough for every peer, so that none refuses a connection. */
const BATCH = 25;
const PAUSE_MS = 100;

export interface OpenRequests {
  /** Aborts the requests. @returns the number that had already ended. @throws Error if all had ended */
  release(): Promise<number>;
}

/** Resolves when all requests are sent and event streams have started. */
export async function hold({ url, query, count, what }: Hold): Promise<OpenRequests> {
  const pool = createPool(url, count);
  const ended: string[] = [];
  let isReleased = false;
  const end = (why: unknown) => {
    if (!isReleased) ended.push(String(why));
  };
  for (let started = 0; started < count; started += BATCH) {
    const group = Array.from({ length: Math.min(BATCH, count - started) }, () =>
      what === 'events' ? follow(pool, query, end) : wait(pool, query, end),
    );
    await Promise.all(group);
    await sleep(PAUSE_MS);
  }
  return {
    async release() {
      isReleased = true;
      await pool.destroy();
      if (ended.length >= count) throw new Error(`all requests ended too soon: ${ended[0]}`);
      return ended.length;
    },
  };
}

/** Sends the request without waiting for the response. */
async function wait(pool: Pool, query: string, end: (why: unknown) => void): Promise<void> {
  pool
    .request({ method: 'GET', path: generatePath(query) })
    .then(({ statusCode }) => end(`status ${statusCode}`), end);
}

async function follow(pool: Pool, query: string, end: (why: unknown) => void): Promise<void> {
  const headers = { prefer: 'respond-async' };
  const accepted = await pool.request({ method: 'GET', path: generatePath(query), headers });
  const { id } = (await accepted.body.json()) as { id: string };
  const { statusCode, body } = await pool.request({ method: 'GET', path: `/jobs/${id}/events` });
  if (statusCode !== 200) throw new Error(`the event stream returned status ${statusCode}`);
  body
    .once('error', end)
    .once('end', () => end('the stream ended'))
    .resume();
}
