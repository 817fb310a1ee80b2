import type { FinishedJob, Job, JobEvent, OnDisconnect } from '@codegen/contract';
import { createDeadline } from './deadline.ts';
import { CodegenError } from './error.ts';
import { type Frame, framesOf } from './event-stream.ts';
import type { Http } from './http.ts';
import { createBackoff } from './retry.ts';
import { jobPath, withOnDisconnect } from './url.ts';

export interface FollowOptions {
  /** Sequence of the last known event; 0, the default, starts at the beginning. */
  readonly after?: number;
  readonly onDisconnect?: OnDisconnect;
  readonly signal?: AbortSignal | undefined;
}

export interface FollowLimits {
  readonly retryTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

/**
 * Yields the events of a job. After a broken connection it reconnects and resumes after the last event it read. Ends with
 * `job.finished`, or without an event if the job has finished and has none after `after`.
 */
export async function* follow(
  http: Http,
  id: string,
  { after = 0, signal, onDisconnect }: FollowOptions,
  { retryTimeoutMs, idleTimeoutMs }: FollowLimits,
): AsyncGenerator<JobEvent, void, undefined> {
  const path = jobPath(id);
  const backoff = createBackoff({ maxAttempts: Number.POSITIVE_INFINITY, retryTimeoutMs, signal });
  let last = after;
  // The job had finished before this connection: if the stream has no event, there are no more.
  let finished = false;
  for (;;) {
    let received = 0;
    try {
      for await (const event of connect(last)) {
        signal?.throwIfAborted();
        if (event.sequence <= last && event.type !== 'snapshot') continue;
        last = event.sequence;
        received += 1;
        backoff.reset();
        yield event;
        if (event.type === 'job.finished') return;
      }
      if (finished && received === 0) return;
      finished ||= received === 0 && isFinished((await http.json(path, { signal })).body);
      if (!finished) throw new CodegenError('the service ended the stream before the job ended');
    } catch (error) {
      await backoff.afterFailure(error);
    }
  }

  async function* connect(from: number) {
    const deadline = createDeadline(signal);
    const idleTimer = { start: () => deadline.start(idleTimeoutMs), stop: deadline.stop };
    const headers = { Accept: 'text/event-stream', ...(from > 0 && { 'Last-Event-ID': String(from) }) };
    try {
      const url = withOnDisconnect(`${path}/events`, onDisconnect);
      const response = await http.open(url, { headers, signal }, deadline);
      const { status } = response;
      if (status === 204) {
        finished = true;
        return;
      }
      const events = eventsIn(response);
      backoff.answered();
      for await (const frame of framesOf(events, idleTimer)) {
        const event = readEvent(frame, status);
        if (event !== null) yield event;
      }
    } catch (error) {
      throw http.wrapError(error, signal);
    } finally {
      deadline.close();
    }
  }
}

/** @throws CodegenError if the response is not an event stream */
function eventsIn({ status, headers, body }: Response): ReadableStream<Uint8Array> {
  const type = headers.get('Content-Type') ?? 'nothing';
  if (body === null || !type.startsWith('text/event-stream')) {
    throw new CodegenError(`the service answered with ${type} and not with events`, { status });
  }
  return body;
}

export const isFinished = (job: Job): job is FinishedJob =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';

/** Null for a frame that is not an event of the job, such as one without a number. */
function readEvent({ type, data, lastId }: Frame, status: number): JobEvent | null {
  if (!/^\d{1,15}$/.test(lastId)) return null;
  let parsed: object | null;
  try {
    parsed = JSON.parse(data);
  } catch (cause) {
    throw new CodegenError(`event ${lastId} is not JSON`, { status, cause });
  }
  const event = { ...parsed, type, sequence: Number(lastId) } as JobEvent;
  // The job was deleted before the service read it: the next connection gets a 404.
  if ((event.type === 'job.finished' || event.type === 'snapshot') && event.job === null) {
    throw new CodegenError('the job was removed');
  }
  return event;
}
