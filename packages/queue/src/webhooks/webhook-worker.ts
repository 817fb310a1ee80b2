import type { Graph } from '@codegen/pipeline';
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import type { QueueOptions } from '../config.ts';
import { WEBHOOKS } from '../flow/queues.ts';
import {
  ActiveJobs,
  BackoffWorker,
  createRunningWorker,
  type RunningWorker,
} from '../flow/worker-lifecycle.ts';
import { connectBlocking, sanitizeError } from '../redis/connection.ts';
import { keysOf } from '../redis/keys.ts';
import { writeWithRetry } from '../redis/scripts.ts';
import { createRunStore } from '../runs/run-store.ts';
import type { StoredRun } from '../runs/stored-run.ts';
import type { DeliveryAttempt, Webhook } from '../runs/stored-webhook.ts';
import { createOutbox, type DeliveryJob, RETRY_DELAYS_MS } from './outbox.ts';

export interface Delivery {
  /** The same for all attempts and redeliveries. */
  readonly messageId: string;
  readonly url: string;
  /** The finished run. */
  readonly run: StoredRun;
}

/** Result of an attempt: an HTTP status or an error. */
export type DeliveryResult = Pick<DeliveryAttempt, 'status' | 'error'>;

/** Makes one attempt. If it rejects after `signal` has aborted, the attempt does not count. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryResult>;

export interface WebhookWorkerOptions extends QueueOptions {
  /** Delays between the attempts of a delivery in ms; 5 s, 5 min, 30 min, 2 h, 5 h and 10 h by default. */
  readonly retryDelaysMs?: readonly number[];
  /** Concurrent attempts in this process. */
  readonly concurrency?: number;
  /** Lock duration of a delivery job and interval of the stalled-job check, ms. */
  readonly lockMs?: number;
  /** Interval of the scan for due deliveries without a job, ms. */
  readonly outboxScanMs?: number;
  /** Receives every attempt and every fault, for the service's log. */
  readonly report: (event: WebhookWorkerEvent) => void;
}

export type WebhookWorkerEvent =
  | {
      readonly kind: 'delivery';
      readonly run: string;
      readonly requestId: string | null;
      readonly attempt: DeliveryAttempt;
      readonly outcome: Webhook['status'];
    }
  | {
      readonly kind: 'fault';
      readonly run?: string;
      readonly requestId?: string | null;
      readonly error: Error;
    };

const CONCURRENCY = 50;
const LOCK_MS = 10_000;
const OUTBOX_SCAN_MS = 5_000;

/** Part of the concurrent attempts that one caller may use: its slow receivers must not delay those of others. */
const CALLER_SHARE = 0.2;

/** Delay before a delivery is tried again whose caller uses its share, in ms. */
const SHARE_RETRY_MS = 1_000;

/** 410 Gone: stop delivering. */
const GONE = 410;

/** Return value of a backoff strategy that fails the job. */
const NO_RETRY = -1;

/** Delivers webhooks until closed: each at least once, as long as its run is kept. Resolves when it is ready. */
export async function startWebhookWorker(
  graph: Graph,
  deliver: Deliver,
  options: WebhookWorkerOptions,
): Promise<RunningWorker> {
  const { retryDelaysMs = RETRY_DELAYS_MS, concurrency = CONCURRENCY, lockMs = LOCK_MS } = options;
  const { outboxScanMs = OUTBOX_SCAN_MS, report } = options;
  const keys = keysOf(options.namespace);
  const redis = connectBlocking(options.redisUrl);
  const store = createRunStore(graph, redis, keys, options);
  const outbox = createOutbox(redis, keys);
  const stop = new AbortController();
  const active = new ActiveJobs();
  const share = Math.max(1, Math.floor(concurrency * CALLER_SHARE));
  const attemptsOf = new Map<string, number>();

  async function attempt(delivery: Delivery): Promise<DeliveryAttempt | null> {
    const at = Date.now();
    try {
      const { status, error } = await deliver(delivery, stop.signal);
      return { at, status, error, durationMs: Date.now() - at };
    } catch (error) {
      if (stop.signal.aborted) return null;
      report({
        kind: 'fault',
        run: delivery.run.id,
        requestId: delivery.run.requestId,
        error: sanitizeError(error),
      });
      return { at, status: null, error: 'internal', durationMs: Date.now() - at };
    }
  }

  async function processDelivery(job: Job<DeliveryJob>, token: string | undefined) {
    const { id = '', data, attemptsMade } = job;
    const run = await writeWithRetry(() => store.loadWithUsage(data.run));
    // The run was removed or has expired, or another delivery has replaced this one.
    if (!run?.webhook || !(await writeWithRetry(() => outbox.isOpen(run.id, id)))) return;
    const { caller } = run;
    const running = attemptsOf.get(caller) ?? 0;
    if (running >= share) {
      await job.moveToDelayed(Date.now() + SHARE_RETRY_MS, token);
      throw new DelayedError();
    }
    attemptsOf.set(caller, running + 1);
    const made = await attempt({ messageId: `msg_${run.id}`, url: run.webhook.url, run }).finally(() => {
      const left = (attemptsOf.get(caller) ?? 1) - 1;
      if (left === 0) attemptsOf.delete(caller);
      else attemptsOf.set(caller, left);
    });
    if (made === null) {
      await job.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    const { status, next } = statusAfter(made, retryDelaysMs[attemptsMade]);
    const isOpen = await writeWithRetry(() =>
      outbox.recordAttempt(run.id, id, { attempt: made, status, next }),
    );
    report({ kind: 'delivery', run: run.id, requestId: run.requestId, attempt: made, outcome: status });
    if (!isOpen) return;
    if (status === 'pending') throw new Error('not delivered yet');
    if (status === 'failed') throw new UnrecoverableError('not delivered');
  }

  const processor = (job: Job<DeliveryJob>, token?: string) => active.track(processDelivery(job, token));
  const worker = new BackoffWorker<DeliveryJob>(WEBHOOKS, processor, {
    connection: redis,
    prefix: keys.prefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    // A delivery cannot crash a worker: no limit on stalls.
    maxStalledCount: 1_000_000,
    settings: { backoffStrategy: (attemptsMade) => retryDelaysMs[attemptsMade - 1] ?? NO_RETRY },
  });
  worker.on('error', (error) => report({ kind: 'fault', error: sanitizeError(error) }));
  await worker.waitUntilReady();
  const scanning = setInterval(() => {
    outbox.scan().catch(() => {});
  }, outboxScanMs).unref();

  return createRunningWorker({
    workers: [worker],
    active,
    abort: () => stop.abort(),
    async release() {
      clearInterval(scanning);
      await outbox.close();
      redis.disconnect();
    },
  });
}

/** State of a delivery after an attempt. @param delayMs time until the next attempt; undefined after the last one */
function statusAfter({ status }: DeliveryAttempt, delayMs: number | undefined) {
  if (status !== null && status >= 200 && status < 300) return { status: 'delivered', next: null } as const;
  if (status === GONE || delayMs === undefined) return { status: 'failed', next: null } as const;
  return { status: 'pending', next: Date.now() + delayMs } as const;
}
