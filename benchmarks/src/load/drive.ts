import { openConnections } from './connections.ts';
import type { Drive, LoadResult } from './job.ts';
import { generatePath } from './question.ts';

/** A response of the complex route holds this; anything else is a failure. */
const LAST_STEP = '"bestImplementation"';

export async function drive({ url, query, atOnce, until, expect = 'result' }: Drive): Promise<LoadResult> {
  const pool = openConnections(url, atOnce);
  const wanted = expect === 'result' ? { status: 200, text: LAST_STEP } : { status: 202, text: '"accepted"' };
  const headers: Record<string, string> = expect === 'result' ? {} : { prefer: 'respond-async' };
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const startedAt = performance.now();
  let left = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
  const endsAt = 'seconds' in until ? startedAt + until.seconds * 1_000 : Number.POSITIVE_INFINITY;

  const ask = async () => {
    const askedAt = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path: generatePath(query), headers });
    const text = await body.text();
    latenciesMs.push(performance.now() - askedAt);
    if (statusCode !== wanted.status || !text.includes(wanted.text)) {
      failures.push(`${statusCode} ${text.slice(0, 200)}`);
    }
  };
  const lane = async () => {
    while (left-- > 0 && performance.now() < endsAt && failures.length === 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const elapsedMs = performance.now() - startedAt;
  await pool.close();
  return { runs: latenciesMs.length, elapsedMs, latenciesMs, failures };
}
