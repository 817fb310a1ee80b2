import { setTimeout as sleep } from 'node:timers/promises';
import { followed } from './follower.ts';
import { type Answer, ask, type Question } from './http.ts';
import { isOver, type JobSeen, jobSeen } from './job-seen.ts';
import type { Entry } from './ledger.ts';
import { queryOf } from './request.ts';

export interface ClientOptions {
  /** Addresses of the API's processes, any of which will do. */
  readonly urls: readonly string[];
  /** Aborts when there is no more waiting. */
  readonly giveUp: AbortSignal;
}

/** Seconds a client asks to wait at a time. */
const WAIT_SECONDS = 5;
/** Milliseconds without an answer after which something hangs: all waits are far shorter. */
const SILENCE_MS = 30_000;
const PAUSE_MS = 150;

/** How often an id may be unknown before the job is taken to have vanished. */
const LOOKS = 3;

/**
 * A client that does what the documents say: it comes back after a 503 or a broken connection, under the same
 * `Idempotency-Key`, to whichever API is there, and goes on until its job is over. Notes all of it in the entry.
 */
export async function carryThrough(entry: Entry, { urls, giveUp }: ClientOptions): Promise<void> {
  const { asked } = entry;
  let turn = Number(asked.marker.slice(2, -1));

  /** One exchange with some API; null if it broke off. */
  const exchange = async (path: string, question: Question = {}): Promise<Answer | null> => {
    const url = `${urls[turn % urls.length]}${path}`;
    const silence = AbortSignal.timeout(SILENCE_MS);
    try {
      return await ask(url, { ...question, signal: AbortSignal.any([giveUp, silence]) });
    } catch {
      if (silence.aborted) entry.wrong.push(`no answer in ${SILENCE_MS / 1_000} s: ${path}`);
      if (!giveUp.aborted) entry.broken++;
      turn++;
      await sleep(PAUSE_MS);
      return null;
    }
  };

  const refused = async ({ status, headers, text }: Answer) => {
    const [, type] = /"type":"(\/problems\/[a-z-]+)"/.exec(text) ?? [];
    const retryAfter = Number(headers['retry-after']);
    const isRetryable = (status === 503 || status === 429) && retryAfter > 0;
    if (isRetryable && type) entry.refusals.push(type);
    else entry.wrong.push(`a client was told ${status} ${type}, Retry-After ${retryAfter}`);
    turn++;
    await sleep(Math.min(retryAfter * 1_000, 1_000) || PAUSE_MS);
  };

  /** The id of a job that was accepted; null if there is no more waiting. */
  async function submitted(): Promise<string | null> {
    while (!giveUp.aborted) {
      const response = await submit();
      if (response === null) continue;
      const id = response.headers['x-job-id'];
      if (typeof id !== 'string') {
        await refused(response);
        continue;
      }
      if (asked.way === 'sync' && response.status === 200) entry.body = JSON.parse(response.text);
      return id;
    }
    return null;
  }

  function submit() {
    const query = queryOf(asked);
    const headers = { 'Idempotency-Key': asked.marker, Prefer: `wait=${WAIT_SECONDS}` };
    if (asked.way === 'sync') return exchange(`/generate?query=${encodeURIComponent(query)}`, { headers });
    return exchange('/jobs', {
      method: 'POST',
      headers: { ...headers, Prefer: 'respond-async', 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  }

  /** The job when it is over; null if it is not there any more, or there is no more waiting. */
  async function finished(id: string): Promise<JobSeen | null> {
    let unknown = 0;
    while (!giveUp.aborted && unknown < LOOKS) {
      if (asked.way === 'events') {
        await followed(entry, id, () => urls[turn++ % urls.length] ?? '', giveUp);
      }
      const response = await exchange(`/jobs/${id}?wait=${WAIT_SECONDS}`);
      if (response?.status === 200) {
        const job = jobSeen.parse(JSON.parse(response.text));
        entry.latest = job;
        if (isOver(job)) return job;
      } else if (response?.status === 404) {
        unknown++;
        await sleep(PAUSE_MS);
      } else if (response !== null) await refused(response);
    }
    return null;
  }

  while (!giveUp.aborted) {
    const askedAt = Date.now();
    const id = await submitted();
    if (id === null) return;
    const accepted: Entry['jobs'][number] = { id, askedAt, acceptedAt: Date.now(), vanishedAt: null };
    entry.jobs.push(accepted);
    entry.job = await finished(id);
    entry.finishedAt = Date.now();
    if (entry.job !== null) return;
    if (!giveUp.aborted) accepted.vanishedAt = Date.now();
  }
}
