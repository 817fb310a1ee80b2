import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Graph, StageRecord, StageRuntime } from '@codegen/pipeline';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import type { KeepFinishedJobs, QueueOptions } from './config.ts';
import { GENERATE, openFlows, RUN_OVER, type StageJob } from './flow/flow.ts';
import { createGenerateJob } from './flow/generate-job.ts';
import { createRecordLost } from './flow/lost-stages.ts';
import { createMaintenance } from './flow/maintenance.ts';
import { queuesOf } from './flow/queues.ts';
import { backoffStrategy, RetryLater } from './flow/retry.ts';
import { type AppendStageLog, createStageAttempt } from './flow/stage-attempt.ts';
import { type CancelReason, createStageJob } from './flow/stage-job.ts';
import { createFinishedRuns } from './jobs/finished-runs.ts';
import { createRunStore } from './jobs/run-store.ts';
import { openBills } from './models/bills.ts';
import type { BreakerTurn } from './models/breakers.ts';
import { type GateOptions, openGate } from './models/gate.ts';
import { openSweep } from './presence/attendance.ts';
import { announce } from './presence/presence.ts';
import { connectBlocking } from './redis/connection.ts';
import { keysOf } from './redis/keys.ts';
import { loggable } from './redis/loggable.ts';
import { openOutbox } from './webhooks/outbox.ts';

export interface StageWorkerOptions extends QueueOptions, GateOptions {
  /** The queues it takes stages from; all by default. */
  readonly queues?: readonly string[];
  /** Stages of each queue at a time in this process; they wait for models, so this may be far above the number of cores. */
  readonly concurrency: number;
  /** Finished jobs that BullMQ keeps for dashboards; 1,000 by default. */
  readonly keepFinishedJobs?: KeepFinishedJobs;
  /** Lock duration of a job, ms; renewed while its stage runs. */
  readonly lockMs?: number;
  /** Interval of the stalled-job check, ms. */
  readonly stallCheckMs?: number;
  /** Interval of maintenance (expired runs, runs without a job, runs without clients), ms. */
  readonly janitorMs?: number;
  /** The stage waits for its log before its record is committed. */
  readonly appendStageLog?: AppendStageLog;
  /** Receives every stage that has ended, every change of a breaker and every fault; for the service's log. */
  readonly report: (event: StageWorkerEvent) => void;
}

export type StageWorkerEvent =
  | { readonly kind: 'stage'; readonly run: string; readonly record: StageRecord }
  | ({ readonly kind: 'breaker' } & BreakerTurn)
  | { readonly kind: 'fault'; readonly run?: string; readonly stage?: string; readonly error: Error };

export interface StageWorker extends AsyncDisposable {
  /**
   * Takes no more stages and waits for those that run; after `graceMs` their calls are aborted and the stages go back
   * to the queue. Can be called twice.
   */
  close(graceMs?: number): Promise<void>;
}

// A dead worker is noticed after a lock's duration and the next check: a few seconds. A lock is renewed four times in
// its life, so a busy event loop loses it only after seconds of silence, and then the first record to end wins.
const LOCK_MS = 5_000;
const STALL_CHECK_MS = 1_500;

/** Times that a job may lose its lock, with its worker or Redis, before BullMQ fails it: it may be what kills workers. */
const MAX_STALLED = 1;

const JANITOR_MS = 5_000;

const KEEP_FINISHED: KeepFinishedJobs = { count: 1_000 };

/** Milliseconds after which a job is offered again that this worker still holds from an earlier attempt. */
const HELD_RETRY_MS = 1_000;

/** Milliseconds for which a closing worker tries to reach Redis. */
const CLOSE_TIMEOUT_MS = 3_000;

/** Milliseconds for which a closing worker waits for the usage of aborted calls. */
const USAGE_TIMEOUT_MS = 2_000;

/** Takes stages from the queue and carries them out until closed. Resolves when it is ready to take the first. */
export async function startStageWorker(
  graph: Graph,
  given: StageRuntime,
  options: StageWorkerOptions,
): Promise<StageWorker> {
  const { roleQueues = {}, queues = queuesOf(roleQueues), report } = options;
  const { lockMs = LOCK_MS, stallCheckMs = STALL_CHECK_MS, janitorMs = JANITOR_MS } = options;
  const { keepFinishedJobs = KEEP_FINISHED } = options;
  const runtime: StageRuntime = {
    onFault: (error) => report({ kind: 'fault', error: loggable(error) }),
    ...given,
  };
  const keys = keysOf(options.namespace);
  const redis = connectBlocking(options.redisUrl);
  const subscriber = connectBlocking(options.redisUrl);
  const outbox = openOutbox(redis, keys);
  const store = createRunStore(graph, redis, keys, options, outbox);
  const finishedRuns = createFinishedRuns(subscriber, keys, store.isFinished);
  const flows = openFlows(graph, redis, keys.prefix, roleQueues);
  const bills = openBills(store, runtime);
  const onTurn = (turned: BreakerTurn) => report({ kind: 'breaker', ...turned });
  const gate = openGate({ redis, subscriber, keys, runtime: runtime, report: onTurn }, options);
  const { appendStageLog = async () => {} } = options;
  const attempt = createStageAttempt({ store, gate, runtime: runtime, appendStageLog });
  const onEnd = (run: string, record: StageRecord) => report({ kind: 'stage', run, record });
  let draining = false;
  const parts = { graph, store, flows, finishedRuns, attempt, bills, runtime: runtime, onEnd };
  const recordLost = createRecordLost({ ...parts, lockMs });
  const processStage = createStageJob({ ...parts, recordLost });
  const processGenerate = createGenerateJob({ ...parts, recordLost });

  const running = new Set<Promise<unknown>>();
  const held = new Set<string>();
  const workers = queues.map((queue) => {
    const cancel = (job: string, reason: CancelReason) => void worker.cancelJob(job, reason);
    const processor = async (job: Job<StageJob>, _token: string | undefined, signal?: AbortSignal) => {
      const { id = '' } = job;
      if (draining) throw new RetryLater(runtime.now());
      // BullMQ tracks locks by the job's id: the end of the earlier attempt would stop the renewal of this one's.
      if (held.has(id)) throw new RetryLater(runtime.now() + HELD_RETRY_MS);
      held.add(id);
      const processed =
        job.name === GENERATE ? processGenerate(job) : processStage(job, signal ?? NEVER, cancel);
      const done = processed.finally(() => {
        running.delete(done);
        if (signal?.reason === ('lock lost' satisfies CancelReason))
          setTimeout(() => held.delete(id), HELD_RETRY_MS).unref();
        else held.delete(id);
      });
      running.add(done);
      return done;
    };
    const worker: Worker<StageJob> = new Worker<StageJob>(queue, processor, {
      connection: redis,
      prefix: keys.prefix,
      concurrency: options.concurrency,
      lockDuration: lockMs,
      lockRenewTime: lockMs / 4,
      stalledInterval: stallCheckMs,
      maxStalledCount: MAX_STALLED,
      removeOnComplete: keepFinishedJobs,
      removeOnFail: keepFinishedJobs,
      settings: { backoffStrategy },
      autorun: false,
    });
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) {
        if (worker.cancelJob(id, 'lock lost' satisfies CancelReason))
          report({ kind: 'fault', error: new Error(`the lock of job ${id} was lost; its call is aborted`) });
      }
    });
    worker.on('error', (error) => {
      if (!isLockLost(error)) report({ kind: 'fault', error: loggable(error) });
    });
    worker.on('completed', async (job, summary) => {
      // A run that was removed while this worker held one of its jobs.
      if (summary === RUN_OVER && (await store.ending(job.data.run).catch(() => null)) === 'gone')
        await flows.remove(job.data.run).catch(() => {});
    });
    worker.on('failed', (job, error) => {
      // Stages that are tried again or failed for good are reported by their records.
      const isGivenUp = error.message.startsWith(STALLED);
      const isExpected =
        error instanceof RetryLater || error instanceof UnrecoverableError || isLockLost(error);
      if (isExpected && !isGivenUp) return;
      const fault = isGivenUp ? new Error(`job ${job?.id} was given up: ${error.message}`) : loggable(error);
      report({ kind: 'fault', error: fault, ...(job && { run: job.data.run, stage: job.name }) });
    });
    return worker;
  });
  // Until then they take nothing, and report what keeps them from Redis.
  await Promise.all([gate.known, ...workers.map((worker) => worker.waitUntilReady())]);
  for (const worker of workers) worker.run().catch((error) => worker.emit('error', error));
  const name = randomUUID();
  const { longestWaitMs } = runtime.policy;
  const maintain = createMaintenance({ redis, keys, queues, store, flows, longestWaitMs });
  const sweep = openSweep(redis, keys, store);
  const tasks = [maintain.forgetExpired, maintain.checkOpenRuns, maintain.promoteStrays, sweep].map(
    unlessRunning,
  );
  const janitor = setInterval(() => {
    for (const task of tasks) task();
  }, janitorMs).unref();
  const departures = queues.map((queue) => announce(redis, keys, queue, name));

  const handBack = () => {
    draining = true;
    for (const worker of workers) worker.cancelAllJobs('handed back' satisfies CancelReason);
  };
  let closing: Promise<void> | null = null;
  const close = async (graceMs: number) => {
    const timer = setTimeout(handBack, graceMs);
    const closed = Promise.all(workers.map((worker) => worker.close()));
    // A job that was being fetched when the worker was told to close is not among those running yet.
    const idle = async () => {
      for (;;) {
        await Promise.allSettled(running);
        if ((await within(CLOSE_TIMEOUT_MS, closed)) || running.size === 0) return within(0, closed);
      }
    };
    // Without Redis the workers never close. Others then find the stages by their locks.
    const isClosed = await Promise.race([within(graceMs + CLOSE_TIMEOUT_MS, closed), idle()]);
    clearTimeout(timer);
    clearInterval(janitor);
    await bills.close(isClosed ? USAGE_TIMEOUT_MS : 0);
    await finishedRuns.close();
    gate.close();
    await flows.close();
    await outbox.close();
    const departed = Promise.all(departures.map((depart) => depart().catch(() => {})));
    if (isClosed) await within(CLOSE_TIMEOUT_MS, departed);
    else for (const worker of workers) void worker.disconnect().catch(() => {});
    redis.disconnect();
  };
  const worker: StageWorker = {
    close(graceMs = 0) {
      closing ??= close(graceMs);
      return closing;
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
  return worker;
}

/** BullMQ passes a signal to a processor that takes three parameters. */
const NEVER = new AbortController().signal;

/** BullMQ's error for a job that lost its lock more than `MAX_STALLED` times. */
const STALLED = 'job stalled more than allowable limit';

/** What BullMQ says when another worker has a job: that one's record counts. */
const isLockLost = ({ message }: Error) =>
  /^(could not renew lock|Missing lock for job|Lock mismatch for job|the lock of the job was lost$)/.test(
    message,
  );

/** Starts a task unless it has not ended since the last time. What fails is done again the next time. */
function unlessRunning(task: () => Promise<unknown>): () => void {
  let isRunning = false;
  return () => {
    if (isRunning) return;
    isRunning = true;
    task()
      .catch(() => {})
      .finally(() => {
        isRunning = false;
      });
  };
}

/** Whether work is over within so many milliseconds; it is not waited for any longer. */
const within = (ms: number, work: Promise<unknown>) =>
  Promise.race([work.then(() => true), sleep(ms, false, { ref: false })]);
