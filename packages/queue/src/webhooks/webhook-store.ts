import type { DeliveryAttempt, Webhook } from '../jobs/webhook.ts';
import type { Connection } from '../redis/connection.ts';
import type { Keys } from '../redis/keys.ts';
import { loadScripts } from '../redis/scripts.ts';
import type { Outbox } from './outbox.ts';

/** Of a run, the last ones: each delivery makes seven at most. */
const ATTEMPTS_KEPT = 20;

/** The deliveries of runs that have ended. They begin with the end of the run, in the same step. */
export function openWebhookStore(redis: Connection, keys: Keys) {
  const scripts = loadScripts(redis, ['redeliverWebhook', 'recordDeliveryAttempt']);
  return {
    /** Tells the end of a run again. @returns false if it has no webhook, has not ended or is gone */
    async redeliver(id: string, now: number, outbox: Outbox): Promise<boolean> {
      const outcome = await scripts.redeliverWebhook(
        [keys.run(id), keys.webhooksDue, keys.deliveries],
        [id, now],
      );
      if (outcome === 0) return false;
      if (typeof outcome === 'string') void outbox.drop(outcome);
      void outbox.post(id);
      return true;
    },

    /** Whether a delivery is still to be made: its run is there, and no other one has taken its place. */
    async isOpen(id: string, delivery: string): Promise<boolean> {
      return (await redis.hget(keys.deliveries, id)) === delivery;
    },

    /**
     * @param next when the next attempt is made, ms since 1970; null ends the delivery
     * @returns false if the delivery is not open any more
     */
    async putAttempt(
      id: string,
      delivery: string,
      { attempt, status, next }: { attempt: DeliveryAttempt; status: Webhook['status']; next: number | null },
    ): Promise<boolean> {
      const about = [id, delivery, JSON.stringify(attempt), status, next ?? '', ATTEMPTS_KEPT];
      return (await scripts.recordDeliveryAttempt([keys.run(id), keys.deliveries], about)) === 1;
    },
  };
}
