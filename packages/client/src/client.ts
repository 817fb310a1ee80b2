import { openBackoff, persist } from './backoff.ts';
import { sleep } from './deadline.ts';
import { CodegenError } from './error.ts';
import type { Estimate } from './estimate.ts';
import type { JobEvent } from './event.ts';
import { type FollowOptions, follow } from './follow.ts';
import { type Answer, type HttpOptions, openHttp } from './http.ts';
import { type FinishedJob, type GenerateResponse, isFinished, type Job, type Provisional } from './job.ts';
import {
  type JobFilter,
  type JobRequest,
  type JobTerms,
  listParameters,
  parametersOf,
} from './job-request.ts';
import { type OnDisconnect, withOnDisconnect } from './on-disconnect.ts';
import { encoded, pathOf } from './path.ts';

export interface ClientOptions extends HttpOptions {
  /** Milliseconds that `wait`, `events` and `run` go on trying while the service is away; two minutes by default. */
  readonly patienceMs?: number;
  /** Milliseconds without a byte after which a stream is taken for dead; 45 s by default. The service sends one in 15. */
  readonly silenceMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitOptions extends CallOptions {
  /** 1 to 255 visible ASCII characters; drawn if there is none. The same key for the same request means the same job. */
  readonly idempotencyKey?: string;
  /** For a call that waits. */
  readonly onDisconnect?: OnDisconnect;
}

export interface GenerateOptions extends SubmitOptions, JobTerms {
  /** Seconds; 50 by default. */
  readonly wait?: number;
}

export interface WaitOptions extends CallOptions {
  readonly onDisconnect?: OnDisconnect;
  /** Seconds the service may hold each answer back; 50 by default. */
  readonly pollSeconds?: number;
}

export interface RunOptions extends SubmitOptions {
  readonly onEvent?: (event: JobEvent) => void;
}

/**
 * Every method rejects with a `CodegenError`, or with the reason of `signal` as soon as it aborts. All but `wait`,
 * `events` and `run` make a few tries if the service cannot be reached or is busy; none starts a job twice.
 */
export interface Client {
  /** Asks and waits; if that was not long enough, the id of the job and the code there is by then. */
  generate(query: string, options?: GenerateOptions): Promise<GenerateResponse | Unanswered>;
  /** What a request would take, by route. It is checked like any other, and starts nothing. */
  estimate(request: JobRequest, options?: CallOptions): Promise<Estimate>;
  submit(request: JobRequest, options?: SubmitOptions): Promise<Job>;
  job(id: string, options?: CallOptions): Promise<Job>;
  /** The job once it has finished. */
  wait(id: string, options?: WaitOptions): Promise<FinishedJob>;
  /** Jobs, the newest first; pages are fetched as they are needed. */
  list(filter?: JobFilter, options?: CallOptions): AsyncGenerator<Job, void, undefined>;
  /** The job as it stands then: one that was over stays as it was. */
  cancel(id: string, options?: CallOptions): Promise<Job>;
  /**
   * Settles for the `provisional` code and stops the rest; a job that was over stays as it was. Rejects with the problem
   * `nothing-to-accept` as long as there is no code.
   */
  accept(id: string, options?: CallOptions): Promise<FinishedJob>;
  /** Tells the end of a finished job to its webhook again, whether or not it was told before. */
  redeliver(id: string, options?: CallOptions): Promise<Job>;
  /** Removes a finished job with all its data. */
  remove(id: string, options?: CallOptions): Promise<void>;
  /** What happens to a job, to its end, without gap or repeat over as many connections as it takes. */
  events(id: string, options?: FollowOptions): AsyncGenerator<JobEvent, void, undefined>;
  /** Submits and follows to the end. */
  run(request: JobRequest, options?: RunOptions): Promise<FinishedJob>;
}

/** A job that has not finished yet. */
export interface Unanswered {
  readonly job: string;
  readonly provisional: Provisional | null;
}

const WAIT_SECONDS = 50;

/** @throws TypeError if the key cannot be sent in a header */
export function createClient(options: ClientOptions): Client {
  const { patienceMs = 120_000, silenceMs = 45_000 } = options;
  const http = openHttp(options);

  const client: Client = {
    async generate(query, given = {}) {
      const { signal, wait = WAIT_SECONDS, idempotencyKey = drawKey(), onDisconnect, ...terms } = given;
      const headers = { Prefer: `wait=${wait}`, 'Idempotency-Key': idempotencyKey };
      const more = parametersOf({ ...terms, on_disconnect: onDisconnect }).toString();
      const path = `/generate?query=${encoded(query)}${more && `&${more}`}`;
      const { status, body } = await persist(() => http.json(path, { headers, signal, wait }), signal);
      return status === 202 ? { job: body.id, provisional: body.provisional ?? null } : body;
    },

    async estimate(request, { signal } = {}) {
      const call = { method: 'POST', body: request, signal };
      const { status, body } = await persist(() => http.json('/jobs?validateOnly=true', call), signal);
      if (typeof body?.estimate !== 'object') throw strange('an estimate', status);
      return body.estimate;
    },

    async submit(request, { signal, idempotencyKey = drawKey(), onDisconnect } = {}) {
      const headers = { 'Idempotency-Key': idempotencyKey };
      const call = { method: 'POST', headers, body: request, signal, wait: request.wait ?? 0 };
      const path = withOnDisconnect('/jobs', onDisconnect);
      const answer = await persist(() => http.json(path, call), signal);
      // The job was taken but could not be read at once.
      const { id, stages } = answer.body ?? {};
      return id !== undefined && stages === undefined ? client.job(id, { signal }) : readJob(answer);
    },

    async job(id, { signal } = {}) {
      const path = pathOf(id);
      return readJob(await persist(() => http.json(path, { signal }), signal));
    },

    async wait(id, { signal, pollSeconds = WAIT_SECONDS, onDisconnect } = {}) {
      const backoff = openBackoff({ tries: Number.POSITIVE_INFINITY, patienceMs, signal });
      const path = withOnDisconnect(`${pathOf(id)}?wait=${pollSeconds}`, onDisconnect);
      for (;;) {
        const asked = Date.now();
        try {
          const answer = await http.json(path, { signal, wait: pollSeconds });
          const job = readJob(answer);
          if (isFinished(job)) return job;
          backoff.reset();
          // A service that stops, or lets nobody wait, answers before the time.
          const soonest = asked + (answer.retryAfterSeconds ?? 1) * 1_000;
          await sleep(Math.max(0, soonest - Date.now()), signal);
        } catch (error) {
          await backoff.after(error);
        }
      }
    },

    async *list(filter = {}, { signal } = {}) {
      let cursor: string | null = null;
      do {
        const path: string = `/jobs?${listParameters(filter, cursor)}`;
        const { status, body } = await persist(() => http.json(path, { signal }), signal);
        if (!Array.isArray(body?.jobs)) throw strange('a list of jobs', status);
        yield* body.jobs;
        cursor = body.next ?? null;
      } while (cursor !== null);
    },

    async cancel(id, { signal } = {}) {
      const [path, call] = [`${pathOf(id)}/cancel`, { method: 'POST', signal }];
      return readJob(await persist(() => http.json(path, call), signal));
    },

    async accept(id, { signal } = {}) {
      const [path, call] = [`${pathOf(id)}/accept`, { method: 'POST', signal }];
      const answer = await persist(() => http.json(path, call), signal);
      const job = readJob(answer);
      if (!isFinished(job)) throw strange('a job that has finished', answer.status);
      return job;
    },

    async redeliver(id, { signal } = {}) {
      const [path, call] = [`${pathOf(id)}/webhook/redeliver`, { method: 'POST', signal }];
      return readJob(await persist(() => http.json(path, call), signal));
    },

    async remove(id, { signal } = {}) {
      const path = pathOf(id);
      await persist(async (before) => {
        try {
          await http.json(path, { method: 'DELETE', signal });
        } catch (error) {
          // An earlier try had removed it, and its answer was lost.
          if (before === 0 || !(error instanceof CodegenError) || error.status !== 404) throw error;
        }
      }, signal);
    },

    events: (id, given = {}) => follow(http, id, given, { patienceMs, silenceMs }),

    async run(request, { onEvent, ...given } = {}) {
      const { id } = await client.submit(request, given);
      for await (const event of client.events(id, given)) {
        onEvent?.(event);
        if (event.type === 'job.finished') return event.job;
      }
      return client.wait(id, given);
    },
  };
  return client;
}

/** Not `crypto.randomUUID`, which a page that came over plain HTTP does not have. */
const drawKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );

function readJob({ status, body }: Answer): Job {
  if (typeof body?.id === 'string' && typeof body.status === 'string' && Array.isArray(body.stages))
    return body;
  throw strange('a job', status);
}

const strange = (expected: string, status: number) =>
  new CodegenError(`the service answered with something that is not ${expected}`, { status });
