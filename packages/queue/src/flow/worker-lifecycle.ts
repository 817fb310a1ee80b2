import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'bullmq';

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
