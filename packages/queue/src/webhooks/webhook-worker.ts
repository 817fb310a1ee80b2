import { setTimeout as sleep } from 'node:timers/promises';
import type { Graph } from '@codegen/pipeline';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import type { QueueOptions } from '../config.ts';
import { WEBHOOKS } from '../flow/queues.ts';
import { createRunStore } from '../jobs/run-store.ts';
import type { StoredRun } from '../jobs/stored-run.ts';
import type { DeliveryAttempt, Webhook } from '../jobs/webhook.ts';
import { connectBlocking } from '../redis/connection.ts';
import { keysOf } from '../redis/keys.ts';
import { loggable } from '../redis/loggable.ts';
import { persist } from '../redis/persist.ts';
import { type DeliveryJob, openOutbox, RETRIES_MS } from './outbox.ts';
import { openWebhookStore } from './webhook-store.ts';

/** What is to be told, and to whom. */
export interface Delivery {
  /** The same for every attempt, also when it is delivered again. */
  readonly messageId: string;
  readonly url: string;
  /** It has ended. */
  readonly run: StoredRun;
}

/** What a delivery came to: the HTTP status of the answer, or a word for why there was none. */
export type DeliveryAnswer = Pick<DeliveryAttempt, 'status' | 'error'>;

/** Makes one attempt. It may reject when `signal` has aborted: then it counts for nothing. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryAnswer>;

export interface WebhookWorkerOptions extends QueueOptions {
  /** Milliseconds between the attempts of a delivery; 5 s, 5 min, 30 min, 2 h, 5 h, 10 h by default. */
  readonly retriesMs?: readonly number[];
  /** Attempts at a time in this process. */
  readonly concurrency?: number;
  /** Milliseconds after which an attempt whose process died is somebody else's, and between looks for those. */
  readonly lockMs?: number;
  /** Milliseconds between looks for deliveries that nobody has queued. */
  readonly outboxMs?: number;
  /** Told of every attempt, and of faults; for the service's log. */
  readonly report: (event: WebhookWorkerEvent) => void;
}

export type WebhookWorkerEvent =
  | {
      readonly kind: 'delivery';
      readonly run: string;
      readonly attempt: DeliveryAttempt;
      readonly outcome: Webhook['status'];
    }
  | { readonly kind: 'fault'; readonly run?: string; readonly error: Error };

export interface WebhookWorker extends AsyncDisposable {
  /** Begins no more attempts and waits for those in hand; after `graceMs` they go back to the queue. Can be called twice. */
  close(graceMs?: number): Promise<void>;
}

const LOCK_MS = 10_000;
const OUTBOX_MS = 5_000;

/** Milliseconds a webhook worker that closes goes on trying to tell Redis so. */
const LAST_WORDS_MS = 3_000;

/** Delivers webhooks until closed: at least once each, as long as their runs are kept. Resolves when it is ready. */
export async function startWebhookWorker(
  graph: Graph,
  deliver: Deliver,
  options: WebhookWorkerOptions,
): Promise<WebhookWorker> {
  const { retriesMs = RETRIES_MS, concurrency = 50, lockMs = LOCK_MS } = options;
  const { outboxMs = OUTBOX_MS, report } = options;
  const keys = keysOf(options.namespace);
  const redis = connectBlocking(options.redisUrl);
  const store = createRunStore(graph, redis, keys, options);
  const webhooks = openWebhookStore(redis, keys);
  const outbox = openOutbox(redis, keys);
  const stop = new AbortController();

  async function attempt(delivery: Delivery): Promise<DeliveryAttempt | null> {
    const at = Date.now();
    try {
      const { status, error } = await deliver(delivery, stop.signal);
      return { at, status, error, durationMs: Date.now() - at };
    } catch (error) {
      if (stop.signal.aborted) return null;
      report({ kind: 'fault', run: delivery.run.id, error: loggable(error) });
      return { at, status: null, error: 'internal', durationMs: Date.now() - at };
    }
  }

  async function perform(job: Job<DeliveryJob>, token: string | undefined) {
    const { id = '', data, attemptsMade } = job;
    const run = await persist(() => store.loadWithUsage(data.run));
    // Removed, expired, or told again since: nothing is to be done, and nobody need know.
    if (!run?.webhook || !(await persist(() => webhooks.isOpen(run.id, id)))) return;
    const made = await attempt({ messageId: `msg_${run.id}`, url: run.webhook.url, run });
    if (made === null) {
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    const wait = made.status === GONE ? undefined : retriesMs[attemptsMade];
    const isDelivered = made.status !== null && made.status >= 200 && made.status < 300;
    const outcome = isDelivered ? 'delivered' : wait === undefined ? 'failed' : 'pending';
    const next = outcome === 'pending' ? Date.now() + (wait ?? 0) : null;
    const about = { attempt: made, status: outcome, next } as const;
    const isOpen = await persist(() => webhooks.putAttempt(run.id, id, about));
    report({ kind: 'delivery', run: run.id, attempt: made, outcome });
    if (!isOpen) return;
    if (outcome === 'pending') throw new Error('not delivered yet');
    if (outcome === 'failed') throw new UnrecoverableError('not delivered');
  }

  const worker = new Worker<DeliveryJob>(WEBHOOKS, perform, {
    connection: redis,
    prefix: keys.prefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    // A delivery cannot be what its worker died of, so it is taken over however often that happens.
    maxStalledCount: 1_000_000,
    settings: { backoffStrategy: (attemptsMade) => retriesMs[attemptsMade - 1] ?? NO_MORE },
  });
  worker.on('error', (error) => report({ kind: 'fault', error: loggable(error) }));
  await worker.waitUntilReady();
  const sweeper = setInterval(() => {
    outbox.sweep().catch(() => {});
  }, outboxMs).unref();

  let closing: Promise<void> | null = null;
  const close = async (graceMs: number) => {
    clearInterval(sweeper);
    const timer = setTimeout(() => stop.abort(), graceMs);
    const closed = worker.close();
    const over = await Promise.race([
      closed.then(() => true),
      sleep(graceMs + LAST_WORDS_MS, false, { ref: false }),
    ]);
    clearTimeout(timer);
    // Without Redis it would never be over. What it has in hand is taken over by the locks.
    if (!over) void worker.disconnect().catch(() => {});
    await outbox.close();
    redis.disconnect();
  };
  const webhookWorker: WebhookWorker = {
    close(graceMs = 0) {
      closing ??= close(graceMs);
      return closing;
    },
    [Symbol.asyncDispose]: () => webhookWorker.close(),
  };
  return webhookWorker;
}

/** The HTTP status by which a receiver says that it wants no more of it. */
const GONE = 410;

/** What a backoff strategy says when a job is not to be tried again. */
const NO_MORE = -1;
