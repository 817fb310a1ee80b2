import { setTimeout as sleep } from 'node:timers/promises';
import { framesOf } from '@codegen/testing/api/event-frames';
import { isFinished, type JobView, jobView, type RequestRecord } from './history.ts';
import { type HttpRequest, type HttpResponse, send } from './http.ts';
import { queryOf } from './requests.ts';

export interface ClientOptions {
  /** Base URLs of equivalent API processes. */
  readonly urls: readonly string[];
  /** Aborts the client. */
  readonly signal: AbortSignal;
}

/** Value of `Prefer: wait` and `?wait`. */
const WAIT_SECONDS = 5;
/** Response timeout in ms, longer than all waits of the API. A timeout is an error of the service. */
const RESPONSE_TIMEOUT_MS = 30_000;
const PAUSE_MS = 150;

/** Number of 404s after which a job counts as lost. */
const MAX_UNKNOWN = 3;

/**
 * Behaves like a documented client: submits a request, retries after a 503 or a broken connection with the same
 * `Idempotency-Key` at the next API, and waits until the job has finished. Stores all results in the record.
 */
export async function completeRequest(record: RequestRecord, { urls, signal }: ClientOptions): Promise<void> {
  const { request } = record;
  let apiIndex = Number(request.marker.slice(2, -1));

  /** Sends a request to the current API. @returns null if the connection broke */
  const sendToApi = async (path: string, options: HttpRequest = {}): Promise<HttpResponse | null> => {
    const url = `${urls[apiIndex % urls.length]}${path}`;
    const timeout = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    try {
      return await send(url, { ...options, signal: AbortSignal.any([signal, timeout]) });
    } catch {
      if (timeout.aborted) record.errors.push(`no response in ${RESPONSE_TIMEOUT_MS / 1_000} s: ${path}`);
      if (!signal.aborted) record.brokenConnections++;
      apiIndex++;
      await sleep(PAUSE_MS);
      return null;
    }
  };

  const handleRefusal = async ({ status, headers, text }: HttpResponse) => {
    const [, type] = /"type":"(\/problems\/[a-z-]+)"/.exec(text) ?? [];
    const retryAfter = Number(headers['retry-after']);
    const isRetryable = (status === 503 || status === 429) && retryAfter > 0;
    if (isRetryable && type) record.refusals.push(type);
    else record.errors.push(`a client received ${status} ${type}, Retry-After ${retryAfter}`);
    apiIndex++;
    await sleep(Math.min(retryAfter * 1_000, 1_000) || PAUSE_MS);
  };

  /** Submits until a job is accepted. @returns its id, or null after an abort */
  async function submitJob(): Promise<string | null> {
    while (!signal.aborted) {
      const response = await sendSubmission();
      if (response === null) continue;
      const id = response.headers['x-job-id'];
      if (typeof id !== 'string') {
        await handleRefusal(response);
        continue;
      }
      if (request.mode === 'sync' && response.status === 200) record.body = JSON.parse(response.text);
      return id;
    }
    return null;
  }

  function sendSubmission() {
    const query = queryOf(request);
    const headers = { 'Idempotency-Key': request.marker, Prefer: `wait=${WAIT_SECONDS}` };
    if (request.mode === 'sync')
      return sendToApi(`/generate?query=${encodeURIComponent(query)}`, { headers });
    return sendToApi('/jobs', {
      method: 'POST',
      headers: { ...headers, Prefer: 'respond-async', 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  }

  /** Waits for the job. @returns the finished job, or null if it is lost or after an abort */
  async function waitForJob(id: string): Promise<JobView | null> {
    let unknown = 0;
    while (!signal.aborted && unknown < MAX_UNKNOWN) {
      if (request.mode === 'events') {
        await followEvents(record, id, () => urls[apiIndex++ % urls.length] ?? '', signal);
      }
      const response = await sendToApi(`/jobs/${id}?wait=${WAIT_SECONDS}`);
      if (response?.status === 200) {
        const job = jobView.parse(JSON.parse(response.text));
        record.latest = job;
        if (isFinished(job)) return job;
      } else if (response?.status === 404) {
        unknown++;
        await sleep(PAUSE_MS);
      } else if (response !== null) await handleRefusal(response);
    }
    return null;
  }

  while (!signal.aborted) {
    const sentAt = Date.now();
    const id = await submitJob();
    if (id === null) return;
    const accepted: RequestRecord['jobs'][number] = { id, sentAt, acceptedAt: Date.now(), vanishedAt: null };
    record.jobs.push(accepted);
    record.job = await waitForJob(id);
    record.finishedAt = Date.now();
    if (record.job !== null) return;
    if (!signal.aborted) accepted.vanishedAt = Date.now();
  }
}

/**
 * Reads the events of a job until it finishes, and resumes after the last event when a connection breaks. Returns early
 * if the job is unknown.
 */
async function followEvents(record: RequestRecord, id: string, url: () => string, signal: AbortSignal) {
  let last = 0;
  while (!signal.aborted) {
    try {
      const headers = { 'Last-Event-ID': String(last) };
      for await (const frame of framesOf(`${url()}/jobs/${id}/events`, headers)) {
        // After data loss the stream starts with a snapshot; otherwise sequence numbers have no gaps.
        if (frame.type !== 'snapshot' && frame.id !== last + 1)
          record.errors.push(`event ${frame.id} came after ${last}`);
        last = frame.id;
        if (frame.type === 'job.finished') return;
      }
    } catch (error) {
      const [, status] = /answered (\d+)/.exec(String(error)) ?? [];
      if (status === '404' || status === '204') return;
      recordFailedStream(record, status);
    }
    await sleep(PAUSE_MS);
  }
}

/** @param status of the response; undefined if the connection broke */
function recordFailedStream(record: RequestRecord, status: string | undefined) {
  if (status === '503') record.refusals.push('/problems/queue-unavailable');
  else if (status !== undefined) record.errors.push(`an event stream returned ${status}`);
  else record.brokenConnections++;
}
