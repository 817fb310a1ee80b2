import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Worker } from 'bullmq';

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
