import { type JobsOptions, Queue } from 'bullmq';
import { WEBHOOKS } from '../flow/queues.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';
import type { DeliveryAttempt, Webhook } from '../runs/stored-webhook.ts';

/** Data of a delivery job. */
export interface DeliveryJob {
  readonly run: string;
}

/** Delays between the attempts of a delivery: 5 s, 5 min, 30 min, 2 h, 5 h and 10 h, in ms. */
export const RETRY_DELAYS_MS: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000].map(
  (seconds) => seconds * 1_000,
);

const jobOptions: JobsOptions = {
  // The run's hash records the attempts.
  removeOnComplete: true,
  removeOnFail: true,
  attempts: RETRY_DELAYS_MS.length + 1,
  backoff: { type: 'webhook' },
  stackTraceLimit: 0,
};

/** Maximum number of deliveries per scan. */
const PAGE = 100;

/** Attempts stored per run; a delivery makes up to seven. */
const ATTEMPTS_KEPT = 20;

/**
 * Webhook deliveries of finished runs. `finish-run.lua` marks a delivery as due together with the outcome; the outbox
 * adds its job to BullMQ's queue. If a process dies in between, the next scan adds the job.
 */
export function createOutbox(redis: Connection, keys: Keys) {
  const scripts = loadScripts(redis, 'webhooks', [
    'confirmDeliveryQueued',
    'redeliverWebhook',
    'recordDeliveryAttempt',
  ]);
  let created: Queue<DeliveryJob> | null = null;
  // Created on demand, because BullMQ writes a key then.
  const queue = () => {
    if (created !== null) return created;
    created = new Queue(WEBHOOKS, { connection: redis, prefix: keys.prefix, skipVersionCheck: true });
    created.on('error', () => {});
    return created;
  };

  async function addJob(run: string) {
    const delivery = await redis.hget(keys.deliveries, run);
    if (delivery !== null) await queue().add(WEBHOOKS, { run }, { ...jobOptions, jobId: delivery });
    await scripts.confirmDeliveryQueued([keys.webhooksDue, keys.deliveries], [run, delivery ?? '']);
  }

  /** Adds the job of a run's delivery, if there is one, once. Never rejects: the next scan retries. */
  const enqueue = (run: string) => addJob(run).catch(() => {});

  /** Removes the job of a delivery, unless a worker is processing it. Never rejects. */
  const remove = async (delivery: string) => {
    await queue()
      .remove(delivery)
      .catch(() => {});
  };

  return {
    enqueue,
    remove,

    /** Adds the jobs of all due deliveries. */
    async scan() {
      const due = await redis.zrange(keys.webhooksDue, '0', String(PAGE - 1));
      for (const run of due) await addJob(run);
    },

    /**
     * Starts a new delivery of a run.
     * @returns false if the run has no webhook, has not finished or is gone; ms to wait if the last one is too recent
     */
    async redeliver(run: string): Promise<boolean | number> {
      const names = [keys.run(run), keys.webhooksDue, keys.deliveries];
      const reply = await scripts.redeliverWebhook(names, [run, Date.now()]);
      if (reply === 0) return false;
      if (Array.isArray(reply)) return Number(reply[0]);
      if (typeof reply === 'string') void remove(reply);
      void enqueue(run);
      return true;
    },

    /** Deliveries that are not over. */
    async backlog(): Promise<number> {
      return queue().getJobCountByTypes('wait', 'prioritized', 'delayed', 'active');
    },

    /** Whether a delivery is open: its run exists and no other delivery has replaced it. */
    async isOpen(run: string, delivery: string): Promise<boolean> {
      return (await redis.hget(keys.deliveries, run)) === delivery;
    },

    /**
     * Stores an attempt and the status that follows from it.
     * @param next time of the next attempt, ms since 1970; null ends the delivery
     * @returns false if the delivery is no longer open
     */
    async recordAttempt(
      run: string,
      delivery: string,
      { attempt, status, next }: { attempt: DeliveryAttempt; status: Webhook['status']; next: number | null },
    ): Promise<boolean> {
      const args = [run, delivery, JSON.stringify(attempt), status, next ?? '', ATTEMPTS_KEPT];
      return (await scripts.recordDeliveryAttempt([keys.run(run), keys.deliveries], args)) === 1;
    },

    async close() {
      await created?.close();
    },
  };
}
