import type {
  Estimate,
  FinishedJob,
  Job,
  JobEvent,
  JobFilter,
  JobOptions,
  JobRequest,
  OnDisconnect,
  Provisional,
  RerunRequest,
  Result,
  StagePrompt,
  Thread,
  ThreadEntry,
} from '@codegen/contract';
import { sleep } from './deadline.ts';
import { CodegenError, unexpectedBody } from './error.ts';
import { type FollowOptions, follow, isFinished } from './follow.ts';
import { createHttp, type HttpOptions, type HttpResponse } from './http.ts';
import { createBackoff, withRetry } from './retry.ts';
import { encodeText, jobPath, listParameters, parametersOf, threadPath, withOnDisconnect } from './url.ts';

export interface ClientOptions extends HttpOptions {
  /** Milliseconds that `wait`, `events` and `run` go on retrying while the service fails; 120 s by default. */
  readonly retryTimeoutMs?: number;
  /** Milliseconds without data after which an event stream is reconnected; 45 s by default. The service sends every 15 s. */
  readonly idleTimeoutMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters; random by default. The same key for the same request returns the same job. */
  readonly idempotencyKey?: string;
  /** Applies to calls that wait. */
  readonly onDisconnect?: OnDisconnect;
}

export interface GenerateOptions extends SubmitOptions, Omit<JobOptions, 'models'> {
  /** A finished job to continue. */
  readonly previousJobId?: string;
  /** Seconds to wait for the result; 50 by default. */
  readonly wait?: number;
}

export interface WaitOptions extends CallOptions {
  readonly onDisconnect?: OnDisconnect;
  /** Seconds that the service may wait before each response; 50 by default. */
  readonly pollSeconds?: number;
}

export interface RunOptions extends SubmitOptions {
  readonly onEvent?: (event: JobEvent) => void;
}

/**
 * Every method rejects with a `CodegenError`, or with the reason of `signal` as soon as it aborts. If the service cannot be
 * reached or is busy, `wait`, `events` and `run` retry for `retryTimeoutMs`, the others up to three times. No retry starts a
 * second job.
 */
export interface Client {
  /** Waits for the result. Resolves with the job's id and its provisional code if `wait` was too short. */
  generate(query: string, options?: GenerateOptions): Promise<Result | PendingJob>;
  /** Validates a request and estimates its cost and duration by route. Starts nothing. */
  estimate(request: JobRequest, options?: CallOptions): Promise<Estimate>;
  submit(request: JobRequest, options?: SubmitOptions): Promise<Job>;
  job(id: string, options?: CallOptions): Promise<Job>;
  /** Resolves with the job once it has finished. */
  wait(id: string, options?: WaitOptions): Promise<FinishedJob>;
  /** Yields jobs, newest first. Fetches pages on demand. */
  list(filter?: JobFilter, options?: CallOptions): AsyncGenerator<Job, void, undefined>;
  /** Starts a new job with the request of a finished one, which reuses the outputs of the stages before `from`. */
  rerun(id: string, request: RerunRequest, options?: SubmitOptions): Promise<Job>;
  /** The prompts and raw answers of a job. Rejects with the problem `prompts-not-shown` unless the operator shows them. */
  prompts(id: string, options?: CallOptions): Promise<readonly StagePrompt[]>;
  /** Cancels a job. A finished job stays as it is. */
  cancel(id: string, options?: CallOptions): Promise<Job>;
  /**
   * Completes a job with its `provisional` code. A finished job stays as it is. Rejects with the problem
   * `nothing-to-accept` while there is no code.
   */
  accept(id: string, options?: CallOptions): Promise<FinishedJob>;
  /** Delivers the webhook of a finished job again. */
  redeliver(id: string, options?: CallOptions): Promise<Job>;
  /** Deletes a finished job with all its data. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** Yields threads, those with the newest jobs first. Fetches pages on demand. */
  threads(options?: CallOptions): AsyncGenerator<ThreadEntry, void, undefined>;
  /** The turns of a thread. Its id is the `threadId` of its jobs. */
  thread(id: string, options?: CallOptions): Promise<Thread>;
  /** Deletes a thread with all its jobs, which must have finished. */
  removeThread(id: string, options?: CallOptions): Promise<void>;
  /** Yields the events of a job until it finishes, each once and in order, across reconnections. */
  events(id: string, options?: FollowOptions): AsyncGenerator<JobEvent, void, undefined>;
  /** Submits a job and follows its events until it finishes. */
  run(request: JobRequest, options?: RunOptions): Promise<FinishedJob>;
}

/** A job that did not finish within `wait` seconds. */
export interface PendingJob {
  /** The job's id. */
  readonly job: string;
  readonly provisional: Provisional | null;
}

const WAIT_SECONDS = 50;

/** @throws TypeError if the key cannot be sent in a header */
export function createClient(options: ClientOptions): Client {
  const { retryTimeoutMs = 120_000, idleTimeoutMs = 45_000 } = options;
  const http = createHttp(options);

  const client: Client = {
    async generate(query, options = {}) {
      const { signal, wait = WAIT_SECONDS, idempotencyKey = randomKey(), onDisconnect, ...limits } = options;
      const headers = { Prefer: `wait=${wait}`, 'Idempotency-Key': idempotencyKey };
      const more = parametersOf({ ...limits, on_disconnect: onDisconnect }).toString();
      const path = `/generate?query=${encodeText(query)}${more && `&${more}`}`;
      const { status, body } = await withRetry(() => http.json(path, { headers, signal, wait }), signal);
      return status === 202 ? { job: body.id, provisional: body.provisional ?? null } : body;
    },

    async estimate(request, { signal } = {}) {
      const call = { method: 'POST', body: request, signal };
      const { status, body } = await withRetry(() => http.json('/jobs?validateOnly=true', call), signal);
      if (typeof body?.estimate !== 'object') throw unexpectedBody('an estimate', status);
      return body.estimate;
    },

    async submit(request, { signal, idempotencyKey = randomKey(), onDisconnect } = {}) {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const call = { method: 'POST', headers, body: request, signal, wait: request.wait ?? 0 };
      const path = withOnDisconnect('/jobs', onDisconnect);
      return readSubmitted(await withRetry(() => http.json(path, call), signal), signal);
    },

    async job(id, { signal } = {}) {
      const path = jobPath(id);
      return readJob(await withRetry(() => http.json(path, { signal }), signal));
    },

    async wait(id, { signal, pollSeconds = WAIT_SECONDS, onDisconnect } = {}) {
      const backoff = createBackoff({ maxAttempts: Number.POSITIVE_INFINITY, retryTimeoutMs, signal });
      const path = withOnDisconnect(`${jobPath(id)}?wait=${pollSeconds}`, onDisconnect);
      for (;;) {
        const sentAt = Date.now();
        try {
          const response = await http.json(path, { signal, wait: pollSeconds });
          const job = readJob(response);
          if (isFinished(job)) return job;
          backoff.reset();
          // The service answers early when it stops, or when it does not allow waiting.
          const nextPollAt = sentAt + (response.retryAfterSeconds ?? 1) * 1_000;
          await sleep(Math.max(0, nextPollAt - Date.now()), signal);
        } catch (error) {
          await backoff.afterFailure(error);
        }
      }
    },

    list: (filter = {}, { signal } = {}) =>
      pages<Job>('jobs', (cursor) => `/jobs?${listParameters(filter, cursor)}`, signal),

    async rerun(id, request, { signal, idempotencyKey = randomKey() } = {}) {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const call = { method: 'POST', headers, body: request, signal };
      return readSubmitted(await withRetry(() => http.json(`${jobPath(id)}/rerun`, call), signal), signal);
    },

    async prompts(id, { signal } = {}) {
      const { status, body } = await withRetry(() => http.json(`${jobPath(id)}/prompts`, { signal }), signal);
      if (!Array.isArray(body?.prompts)) throw unexpectedBody('prompts', status);
      return body.prompts;
    },

    async cancel(id, { signal } = {}) {
      return readJob(await post(`${jobPath(id)}/cancel`, signal));
    },

    async accept(id, { signal } = {}) {
      const response = await post(`${jobPath(id)}/accept`, signal);
      const job = readJob(response);
      if (!isFinished(job)) throw unexpectedBody('a finished job', response.status);
      return job;
    },

    async redeliver(id, { signal } = {}) {
      return readJob(await post(`${jobPath(id)}/webhook/redeliver`, signal));
    },

    // Async: an id that cannot be sent rejects, as everywhere.
    async remove(id, { signal } = {}) {
      await remove(jobPath(id), signal);
    },

    threads: ({ signal } = {}) =>
      pages<ThreadEntry>('threads', (cursor) => `/threads?${parametersOf({ cursor })}`, signal),

    async thread(id, { signal } = {}) {
      const path = threadPath(id);
      const { status, body } = await withRetry(() => http.json(path, { signal }), signal);
      if (!Array.isArray(body?.turns)) throw unexpectedBody('a thread', status);
      return body;
    },

    async removeThread(id, { signal } = {}) {
      await remove(threadPath(id), signal);
    },

    events: (id, options = {}) => follow(http, id, options, { retryTimeoutMs, idleTimeoutMs }),

    async run(request, { onEvent, ...options } = {}) {
      const { id } = await client.submit(request, options);
      for await (const event of client.events(id, options)) {
        onEvent?.(event);
        if (event.type === 'job.finished') return event.job;
      }
      return client.wait(id, options);
    },
  };
  return client;

  async function* pages<Item>(
    name: 'jobs' | 'threads',
    pathOf: (cursor: string | null) => string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Item, void, undefined> {
    let cursor: string | null = null;
    do {
      const path = pathOf(cursor);
      const { status, body } = await withRetry(() => http.json(path, { signal }), signal);
      if (!Array.isArray(body?.[name])) throw unexpectedBody(`a list of ${name}`, status);
      yield* body[name];
      cursor = body.next ?? null;
    } while (cursor !== null);
  }

  async function remove(path: string, signal: AbortSignal | undefined): Promise<void> {
    await withRetry(async (earlierAttempts) => {
      try {
        await http.json(path, { method: 'DELETE', signal });
      } catch (error) {
        // After a retry, a 404 means that an earlier attempt succeeded and its response was lost.
        const wasDeleted = earlierAttempts > 0 && error instanceof CodegenError && error.status === 404;
        if (!wasDeleted) throw error;
      }
    }, signal);
  }

  /** The job of a submission, which the service accepted but may not have been able to read. */
  async function readSubmitted(response: HttpResponse, signal: AbortSignal | undefined): Promise<Job> {
    const { id, stages } = response.body ?? {};
    return id !== undefined && stages === undefined ? client.job(id, { signal }) : readJob(response);
  }

  function post(path: string, signal: AbortSignal | undefined): Promise<HttpResponse> {
    return withRetry(() => http.json(path, { method: 'POST', signal }), signal);
  }
}

/** Not `crypto.randomUUID`, which browsers do not offer to pages served over plain HTTP. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

function readJob({ status, body }: HttpResponse): Job {
  if (typeof body?.id === 'string' && typeof body.status === 'string' && Array.isArray(body.stages))
    return body;
  throw unexpectedBody('a job', status);
}
