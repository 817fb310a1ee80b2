import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'undici';
import { openConnections } from './connections.ts';
import type { Hold } from './job.ts';
import { generatePath } from './question.ts';

/** Begun together before the next pause: slower than any peer takes them, so that none is refused. */
const AT_ONCE = 25;
const PAUSE_MS = 100;

/** What is held, until it is released. */
export interface Held {
  /** How many of them had ended by themselves. @throws if none was left */
  release(): Promise<number>;
}

/** Resolves when all requests are sent; event streams have begun by then. */
export async function hold({ url, query, count, what }: Hold): Promise<Held> {
  const pool = openConnections(url, count);
  const ended: string[] = [];
  let isOver = false;
  const end = (why: unknown) => {
    if (!isOver) ended.push(String(why));
  };
  for (let begun = 0; begun < count; begun += AT_ONCE) {
    const group = Array.from({ length: Math.min(AT_ONCE, count - begun) }, () =>
      what === 'events' ? follow(pool, query, end) : wait(pool, query, end),
    );
    await Promise.all(group);
    await sleep(PAUSE_MS);
  }
  return {
    async release() {
      isOver = true;
      await pool.destroy();
      if (ended.length >= count) throw new Error(`all ended too soon: ${ended[0]}`);
      return ended.length;
    },
  };
}

/** Sends the request; its answer is not waited for. */
async function wait(pool: Pool, query: string, end: (why: unknown) => void): Promise<void> {
  pool
    .request({ method: 'GET', path: generatePath(query) })
    .then(({ statusCode }) => end(`answered with ${statusCode}`), end);
}

async function follow(pool: Pool, query: string, end: (why: unknown) => void): Promise<void> {
  const headers = { prefer: 'respond-async' };
  const accepted = await pool.request({ method: 'GET', path: generatePath(query), headers });
  const { id } = (await accepted.body.json()) as { id: string };
  const { statusCode, body } = await pool.request({ method: 'GET', path: `/jobs/${id}/events` });
  if (statusCode !== 200) throw new Error(`the event stream was answered with ${statusCode}`);
  body
    .once('error', end)
    .once('end', () => end('the stream ended'))
    .resume();
}
