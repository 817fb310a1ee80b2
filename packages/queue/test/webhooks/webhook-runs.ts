import { graph } from '@codegen/pipeline';
import { inject } from 'vitest';
import type { Runs } from '../../src/index.ts';
import { connectBlocking } from '../../src/redis/connection.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import type { DeliveryAttempt } from '../../src/runs/stored-webhook.ts';
import type { Deliver } from '../../src/webhooks/webhook-worker.ts';
import type { Queue } from '../queue.ts';

export const URL_OF_HOOK = 'https://hooks.example/a';
export const hello = [{ role: 'user' as const, content: 'hello' }];

/** Does not end until it is aborted. */
export const hangs: Deliver = (_delivery, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** Starts a run with a webhook. */
export async function beginHooked({ runs }: { readonly runs: Runs }, webhook = URL_OF_HOOK): Promise<string> {
  await runs.connected();
  return (await runs.submit(hello, { caller: 'anonymous', webhook })).id;
}

/** Starts a run with a webhook and cancels it. */
export async function endHooked(queue: Queue): Promise<string> {
  const id = await beginHooked(queue);
  await queue.runs.cancel(id);
  return id;
}

/** Finishes a run without queueing its delivery, like a process that dies in between. */
export async function endAlone({ options, keys }: Queue, id: string) {
  const redis = connectBlocking(inject('redisUrl'));
  const { retentionSeconds } = options;
  await createRunStore(graph, redis, keys, { retentionSeconds }).finish(
    id,
    { status: 'cancelled' },
    Date.now(),
  );
  redis.disconnect();
}

export const webhookOf = async ({ runs }: Pick<Queue, 'runs'>, id: string) =>
  (await runs.load(id))?.webhook ?? null;

export const answersOf = (attempts: readonly DeliveryAttempt[] = []) =>
  attempts.map(({ status, error }) => status ?? error);

/** Keys and members in Redis that belong to a run's webhook, except BullMQ's event stream. */
export async function tracesOf({ redis, keys, names }: Queue, id: string): Promise<string[]> {
  const all = (await names()).filter((name) => name.startsWith('webhooks:') && name.includes(id));
  const delivery = await redis.hget(keys.deliveries, id);
  const due = await redis.zscore(keys.webhooksDue, id);
  return [...all, ...(delivery === null ? [] : ['deliveries']), ...(due === null ? [] : ['webhooks-due'])];
}
