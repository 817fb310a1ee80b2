import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Hold } from './job.ts';
import { generatePath } from './question.ts';

/** Connections opened before the next pause, so that none is refused. */
const AT_ONCE = 50;
const PAUSE_MS = 20;

/** Resolves when all requests are sent; event streams have begun by then. Returns how to leave them. */
export async function hold({ url, query, count, what }: Hold): Promise<() => Promise<void>> {
  const pool = new Pool(url, { connections: count, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  const begun: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    begun.push(what === 'events' ? follow(pool, query) : wait(pool, query));
    if (index % AT_ONCE === AT_ONCE - 1) await sleep(PAUSE_MS);
  }
  await Promise.all(begun);
  return () => pool.destroy();
}

/** Sends the request; its answer is not waited for. */
async function wait(pool: Pool, query: string): Promise<void> {
  pool.request({ method: 'GET', path: generatePath(query) }).then(
    ({ statusCode }) => console.error(`a request that was to wait was answered with ${statusCode}`),
    () => {},
  );
}

async function follow(pool: Pool, query: string): Promise<void> {
  const headers = { prefer: 'respond-async' };
  const accepted = await pool.request({ method: 'GET', path: generatePath(query), headers });
  const { id } = (await accepted.body.json()) as { id: string };
  const { statusCode, body } = await pool.request({ method: 'GET', path: `/jobs/${id}/events` });
  if (statusCode !== 200) throw new Error(`the event stream was answered with ${statusCode}`);
  body.on('error', () => {}).resume();
}
