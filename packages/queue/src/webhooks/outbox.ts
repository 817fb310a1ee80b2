import { type JobsOptions, Queue } from 'bullmq';
import { WEBHOOKS } from '../flow/queues.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';

export interface DeliveryJob {
  readonly run: string;
}

/** Milliseconds between the tries of a delivery. */
export const RETRIES_MS: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000].map((s) => s * 1_000);

const options: JobsOptions = {
  // The run's hash is the record of what happened.
  removeOnComplete: true,
  removeOnFail: true,
  attempts: RETRIES_MS.length + 1,
  backoff: { type: 'webhook' },
  stackTraceLimit: 0,
};

const PAGE = 100;

/** Brings deliveries that are due into BullMQ's queue. What a process that dies leaves there, the next sweep takes. */
export interface Outbox {
  /** Queues a run's delivery, if there is one. Doing it twice adds nothing. Never rejects: what fails is swept later. */
  post(run: string): Promise<void>;
  /** Posts all that was left. */
  sweep(): Promise<void>;
  /** Takes the job of a delivery out of the queue. One that is just being made ends by itself. Never rejects. */
  drop(delivery: string): Promise<void>;
  close(): Promise<void>;
}

export function openOutbox(redis: Connection, keys: Keys): Outbox {
  const scripts = loadScripts(redis, ['confirmDeliveryQueued']);
  let opened: Queue<DeliveryJob> | null = null;
  // Only when it is needed: opening it writes a key.
  const queue = () => {
    if (opened !== null) return opened;
    opened = new Queue(WEBHOOKS, { connection: redis, prefix: keys.prefix, skipVersionCheck: true });
    opened.on('error', () => {});
    return opened;
  };

  async function post(run: string) {
    const delivery = await redis.hget(keys.deliveries, run);
    if (delivery !== null) await queue().add(WEBHOOKS, { run }, { ...options, jobId: delivery });
    await scripts.confirmDeliveryQueued([keys.webhooksDue, keys.deliveries], [run, delivery ?? '']);
  }

  return {
    post: (run) => post(run).catch(() => {}),
    async sweep() {
      const due = await redis.zrange(keys.webhooksDue, '0', String(PAGE - 1));
      for (const run of due) await post(run);
    },
    async drop(delivery) {
      await queue()
        .remove(delivery)
        .catch(() => {});
    },
    async close() {
      await opened?.close();
    },
  };
}
