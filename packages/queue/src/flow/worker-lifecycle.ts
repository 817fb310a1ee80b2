import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Worker } from 'bullmq';

/** Handle of a running worker. */
export interface RunningWorker extends AsyncDisposable {
  /**
   * Takes no more jobs and waits for active ones; after `graceMs` (0 by default) they are aborted and return to the
   * queue. Further calls wait for the first.
   */
  close(graceMs?: number): Promise<void>;
}

/** Time for which a closing worker tries to reach Redis, in ms. */
export const CLOSE_TIMEOUT_MS = 3_000;

interface Parts {
  readonly workers: readonly Worker[];
  readonly active: ActiveJobs;
  /** Aborts all active jobs. */
  readonly abort: () => void;
  /** Frees everything else. @param isClosed false if the workers could not close without Redis */
  readonly release: (isClosed: boolean) => Promise<void>;
}

export function createRunningWorker({ workers, active, abort, release }: Parts): RunningWorker {
  async function shutDown(graceMs: number) {
    const timer = setTimeout(abort, graceMs);
    const closed = Promise.all(workers.map((worker) => worker.close()));
    // A job that was being fetched when the worker began to close is not active yet.
    const idle = async () => {
      for (;;) {
        await active.whenSettled();
        if ((await within(CLOSE_TIMEOUT_MS, closed)) || active.isEmpty) return within(0, closed);
      }
    };
    // Without Redis the workers never close. Other workers take over the jobs when their locks expire.
    const isClosed = await Promise.race([within(graceMs + CLOSE_TIMEOUT_MS, closed), idle()]);
    clearTimeout(timer);
    if (!isClosed) for (const worker of workers) void worker.disconnect().catch(() => {});
    await release(isClosed);
  }

  let closing: Promise<void> | null = null;
  const close = (graceMs = 0) => {
    closing ??= shutDown(graceMs);
    return closing;
  };
  return { close, [Symbol.asyncDispose]: () => close() };
}

/** Jobs that are being processed. */
export class ActiveJobs {
  readonly #jobs = new Set<Promise<unknown>>();

  get isEmpty() {
    return this.#jobs.size === 0;
  }

  async track<T>(job: Promise<T>): Promise<T> {
    this.#jobs.add(job);
    try {
      return await job;
    } finally {
      this.#jobs.delete(job);
    }
  }

  whenSettled = () => Promise.allSettled(this.#jobs);
}

/** Whether work completes within `ms`; rejects if it fails. */
export const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work.then(() => true), sleep(ms, false, { ref: false })]);

/** Delay after the first failed fetch of a job, in ms; doubles with every further one. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/**
 * A worker that backs off while Redis refuses to hand out jobs, such as a full one. BullMQ itself delays only after
 * connection errors, and would repeat the fetch thousands of times a second.
 */
export class BackoffWorker<Data> extends Worker<Data> {
  #failures = 0;
  readonly #closing = new AbortController();

  protected override async moveToActive(token: string, name?: string): Promise<Job<Data>> {
    try {
      const job = await super.moveToActive(token, name);
      this.#failures = 0;
      return job;
    } catch (error) {
      const ms = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++);
      await sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
      throw error;
    }
  }

  override close(force?: boolean): Promise<void> {
    this.#closing.abort();
    return super.close(force);
  }
}
