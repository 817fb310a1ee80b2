import { Pool } from 'undici';
import type { LoadJob, LoadResult } from './job.ts';

/** A response of the complex route holds this; anything else is a failure. */
const LAST_STEP = '"bestImplementation"';

let sent = 0;

/** Requests one after the other in so many lanes. Each asks something of its own, so that none can join another. */
export async function drive({ url, query, atOnce, until }: LoadJob): Promise<LoadResult> {
  const pool = new Pool(url, { connections: atOnce, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const startedAt = performance.now();
  let left = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
  const endsAt = 'seconds' in until ? startedAt + until.seconds * 1_000 : Number.POSITIVE_INFINITY;

  const ask = async () => {
    const path = `/generate?query=${encodeURIComponent(`${query} ${++sent}`)}`;
    const askedAt = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path });
    const text = await body.text();
    latenciesMs.push(performance.now() - askedAt);
    if (statusCode !== 200 || !text.includes(LAST_STEP)) failures.push(`${statusCode} ${text.slice(0, 200)}`);
  };
  const lane = async () => {
    while (left-- > 0 && performance.now() < endsAt) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const elapsedMs = performance.now() - startedAt;
  await pool.close();
  return { runs: latenciesMs.length, elapsedMs, latenciesMs, failures };
}
