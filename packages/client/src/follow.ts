import { openBackoff } from './backoff.ts';
import { openDeadline } from './deadline.ts';
import { CodegenError } from './error.ts';
import type { JobEvent } from './event.ts';
import { type Frame, framesOf } from './event-stream.ts';
import type { Http } from './http.ts';
import { isFinished } from './job.ts';
import { type OnDisconnect, withOnDisconnect } from './on-disconnect.ts';
import { pathOf } from './path.ts';

export interface FollowOptions {
  /** The sequence of the last event that is known; 0, the default, begins at the start. */
  readonly after?: number;
  readonly onDisconnect?: OnDisconnect;
  readonly signal?: AbortSignal | undefined;
}

export interface Limits {
  readonly patienceMs: number;
  readonly silenceMs: number;
}

/**
 * What happens to a job, over as many connections as it takes: each goes on after the last event that was read. Ends
 * with the job, also if it is over and has nothing to tell after `after`.
 */
export async function* follow(
  http: Http,
  id: string,
  { after = 0, signal, onDisconnect }: FollowOptions,
  { patienceMs, silenceMs }: Limits,
): AsyncGenerator<JobEvent, void, undefined> {
  const path = pathOf(id);
  const backoff = openBackoff({ tries: Number.POSITIVE_INFINITY, patienceMs, signal });
  let last = after;
  // The job was over before this connection: if it tells nothing, there is nothing more.
  let over = false;
  for (;;) {
    let told = 0;
    try {
      for await (const event of connect(last)) {
        signal?.throwIfAborted();
        if (event.sequence <= last && event.type !== 'snapshot') continue;
        last = event.sequence;
        told += 1;
        backoff.reset();
        yield event;
        if (event.type === 'job.finished') return;
      }
      if (over && told === 0) return;
      over ||= told === 0 && (await isOver());
      if (!over) throw new CodegenError('the service ended the stream before the job ended');
    } catch (error) {
      await backoff.after(error);
    }
  }

  async function* connect(from: number) {
    const deadline = openDeadline(signal);
    const reading = { start: () => deadline.start(silenceMs), stop: deadline.stop };
    const headers = { Accept: 'text/event-stream', ...(from > 0 && { 'Last-Event-ID': String(from) }) };
    try {
      const {
        status,
        headers: given,
        body,
      } = await http.open(withOnDisconnect(`${path}/events`, onDisconnect), { headers, signal }, deadline);
      if (status === 204) {
        over = true;
        return;
      }
      const type = given.get('Content-Type') ?? 'nothing';
      if (body === null || !type.startsWith('text/event-stream')) {
        throw new CodegenError(`the service answered with ${type} and not with events`, { status });
      }
      backoff.answered();
      for await (const frame of framesOf(body, reading)) {
        const event = readEvent(frame, status);
        if (event !== null) yield event;
      }
    } catch (error) {
      throw http.broken(error, signal);
    } finally {
      deadline.close();
    }
  }

  async function isOver(): Promise<boolean> {
    return isFinished((await http.json(path, { signal })).body);
  }
}

/** Null for what is no event of the job, such as one without a number. */
function readEvent({ type, data, lastId }: Frame, status: number): JobEvent | null {
  if (!/^\d{1,15}$/.test(lastId)) return null;
  let read: object | null;
  try {
    read = JSON.parse(data);
  } catch (cause) {
    throw new CodegenError(`event ${lastId} is not JSON`, { status, cause });
  }
  const event = { ...read, type, sequence: Number(lastId) } as JobEvent;
  // The job was removed while it was told of its end: the next connection says so.
  if ((event.type === 'job.finished' || event.type === 'snapshot') && event.job === null) {
    throw new CodegenError('the job was removed');
  }
  return event;
}
