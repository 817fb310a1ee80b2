import { randomUUID } from 'node:crypto';
import type { Graph, StageRecord, StageRuntime } from '@codegen/pipeline';
import { type Job, UnrecoverableError } from 'bullmq';
import { KEEP_FINISHED_JOBS, type KeepFinishedJobs, type QueueOptions } from './config.ts';
import { createFlows, ROOT_JOB } from './flow/flow.ts';
import { createBackoffStrategy, type JobData, RetryLater, RUN_FINISHED } from './flow/job.ts';
import { createMaintenance } from './flow/maintenance.ts';
import { createFailLostStages, LOCK_LOST, type ProcessorParts } from './flow/processor-parts.ts';
import { queuesOf } from './flow/queues.ts';
import { createRootProcessor } from './flow/root-processor.ts';
import { type CancelReason, createStageProcessor, type StageAttempt } from './flow/stage-processor.ts';
import { type AppendStageLog, createStageRunner } from './flow/stage-runner.ts';
import {
  ActiveJobs,
  BackoffWorker,
  CLOSE_TIMEOUT_MS,
  createRunningWorker,
  type RunningWorker,
  within,
} from './flow/worker-lifecycle.ts';
import { type AvailabilityOptions, createModelAvailability } from './models/availability.ts';
import type { BreakerStateChange } from './models/breakers.ts';
import { createUsageReconciliation } from './models/usage-reconciliation.ts';
import { createAbandonmentScan } from './presence/client-leases.ts';
import { startHeartbeat } from './presence/worker-heartbeats.ts';
import { createRedisClock } from './redis/clock.ts';
import { connectBlocking, sanitizeError } from './redis/connection.ts';
import { keysOf } from './redis/keys.ts';
import { createFinishedRuns, type FinishedRun } from './runs/finished-runs.ts';
import { createRunStore } from './runs/run-store.ts';
import { createStoredPrompts } from './runs/stored-prompts.ts';
import { createOutbox } from './webhooks/outbox.ts';

export interface StageWorkerOptions extends QueueOptions, AvailabilityOptions {
  /** Queues to take stages from; all by default. */
  readonly queues?: readonly string[];
  /** Concurrent stages of each queue in this process. They wait for models, so it may far exceed the number of cores. */
  readonly concurrency: number;
  /** Finished jobs that BullMQ keeps for dashboards; 1,000 by default. */
  readonly keepFinishedJobs?: KeepFinishedJobs;
  /** Lock duration of a job, ms; renewed while its stage runs. */
  readonly lockMs?: number;
  /** Interval of the stalled-job check, ms. */
  readonly stallCheckMs?: number;
  /** Interval of maintenance (expired runs, runs without a job, abandoned runs, jobs delayed too long), ms. */
  readonly maintenanceMs?: number;
  /** Whether to store prompts and raw answers with their runs. */
  readonly storePrompts?: boolean;
  /** Called when a model has answered, at the same time as the commit of the record. The job ends after it. */
  readonly appendStageLog?: AppendStageLog;
  /** Receives what happens in this worker, for the service's log, metrics and traces. Must not throw. */
  readonly report: (event: StageWorkerEvent) => void;
}

export type StageWorkerEvent =
  | {
      readonly kind: 'stage';
      readonly run: string;
      readonly requestId: string | null;
      readonly traceparent: string | null;
      readonly record: StageRecord;
    }
  | ({ readonly kind: 'attempt' } & StageAttempt)
  | ({ readonly kind: 'finished' } & FinishedRun)
  /** A call waits because `MODEL_LIMITS` allows no further one now. */
  | { readonly kind: 'call-limit'; readonly model: string }
  | ({ readonly kind: 'breaker' } & BreakerStateChange)
  | {
      readonly kind: 'fault';
      readonly run?: string;
      readonly requestId?: string | null;
      readonly stage?: string;
      readonly error: Error;
    };

// A dead worker is noticed after the lock duration and the next check: a few seconds. A lock is renewed four times per
// duration, so a busy event loop loses it only after seconds without a turn. Then the first ended record counts.
const LOCK_MS = 5_000;
const STALL_CHECK_MS = 1_500;

/**
 * How often a job may lose its lock, with its worker or Redis, before BullMQ fails it. A stage that loses its workers during
 * its calls is given up before (`stage-processor.ts`).
 */
const MAX_STALLED = 5;

const MAINTENANCE_MS = 5_000;

/** Delay before a job is retried that this worker is still processing from an earlier attempt, in ms. */
const STILL_PROCESSING_RETRY_MS = 1_000;

/** Time for which a closing worker waits for the usage of aborted calls, in ms. */
const USAGE_TIMEOUT_MS = 2_000;

/** Processes stages until closed. Resolves when it is ready for the first. */
export async function startStageWorker(
  graph: Graph,
  stageRuntime: StageRuntime,
  options: StageWorkerOptions,
): Promise<RunningWorker> {
  const { roleQueues = {}, queues = queuesOf(roleQueues), report } = options;
  const { lockMs = LOCK_MS, stallCheckMs = STALL_CHECK_MS, maintenanceMs = MAINTENANCE_MS } = options;
  const { keepFinishedJobs = KEEP_FINISHED_JOBS, appendStageLog = async () => {} } = options;
  const keys = keysOf(options.namespace);
  const redis = connectBlocking(options.redisUrl);
  const clock = createRedisClock(redis);
  const runtime: StageRuntime = {
    onFault: (error) => report({ kind: 'fault', error: sanitizeError(error) }),
    ...stageRuntime,
    now: () => stageRuntime.now() + clock.offset(),
  };
  const subscriptions = connectBlocking(options.redisUrl);
  const outbox = createOutbox(redis, keys);
  const onFinish = (run: FinishedRun) => report({ kind: 'finished', ...run });
  const store = createRunStore(graph, redis, keys, options, outbox, onFinish);
  const finishedRuns = createFinishedRuns(subscriptions, keys, store.isFinishedOrGone);
  const flows = createFlows(graph, redis, keys.prefix, roleQueues);
  const usageReconciliation = createUsageReconciliation(store, runtime);
  const availability = createModelAvailability(
    {
      redis,
      subscriptions,
      keys,
      runtime,
      report: (change: BreakerStateChange) => report({ kind: 'breaker', ...change }),
      onCallLimit: (model) => report({ kind: 'call-limit', model }),
    },
    options,
  );
  const prompts = options.storePrompts ? createStoredPrompts(graph, redis, keys) : null;
  const runStage = createStageRunner({ store, availability, runtime, appendStageLog, prompts });
  const onEnd: ProcessorParts['onEnd'] = ({ id: run, requestId, traceparent }, record) =>
    report({ kind: 'stage', run, requestId, traceparent, record });
  const failLostStages = createFailLostStages({ graph, store, runtime, onEnd }, lockMs);
  const parts = {
    graph,
    store,
    flows,
    finishedRuns,
    runStage,
    usageReconciliation,
    runtime,
    failLostStages,
    onAttempt: (attempt: StageAttempt) => report({ kind: 'attempt', ...attempt }),
    onEnd,
  };
  const processStage = createStageProcessor(parts);
  const processRoot = createRootProcessor(parts);

  const active = new ActiveJobs();
  const processing = new Set<string>();
  let isDraining = false;
  const workers = queues.map((queue) => {
    const cancel = (job: string, reason: CancelReason) => void worker.cancelJob(job, reason);
    const process = async (job: Job<JobData>, signal: AbortSignal) => {
      const { id = '' } = job;
      if (isDraining) throw new RetryLater(runtime.now());
      // BullMQ tracks locks by job id: the end of the earlier attempt would stop the renewal of this one's lock.
      if (processing.has(id)) throw new RetryLater(runtime.now() + STILL_PROCESSING_RETRY_MS);
      processing.add(id);
      try {
        return await (job.name === ROOT_JOB ? processRoot(job) : processStage(job, signal, cancel));
      } finally {
        if (signal.reason === ('lock lost' satisfies CancelReason))
          setTimeout(() => processing.delete(id), STILL_PROCESSING_RETRY_MS).unref();
        else processing.delete(id);
      }
    };
    // BullMQ passes a signal only to a processor whose `length` is 3.
    const processor = (job: Job<JobData>, _token: string | undefined, signal: AbortSignal | undefined) =>
      active.track(process(job, signal ?? NEVER));
    const worker: BackoffWorker<JobData> = new BackoffWorker(queue, processor, {
      connection: redis,
      prefix: keys.prefix,
      concurrency: options.concurrency,
      lockDuration: lockMs,
      lockRenewTime: lockMs / 4,
      stalledInterval: stallCheckMs,
      maxStalledCount: MAX_STALLED,
      removeOnComplete: keepFinishedJobs,
      removeOnFail: keepFinishedJobs,
      settings: { backoffStrategy: createBackoffStrategy(runtime.now) },
      autorun: false,
    });
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) {
        if (worker.cancelJob(id, 'lock lost' satisfies CancelReason))
          report({ kind: 'fault', error: new Error(`the lock of job ${id} was lost; its call is aborted`) });
      }
    });
    worker.on('error', (error) => {
      if (!isLockLost(error)) report({ kind: 'fault', error: sanitizeError(error) });
    });
    worker.on('completed', async (job, summary) => {
      // A run that was removed while this worker processed one of its jobs leaves that job.
      if (summary === RUN_FINISHED && (await store.summary(job.data.run).catch(() => null)) === 'gone')
        await flows.remove(job.data.run).catch(() => {});
    });
    worker.on('failed', async (job, error) => {
      // Stages that are retried or failed for good are reported with their records.
      const isGivenUp = error.message.startsWith(STALLED);
      const isExpected =
        error instanceof RetryLater || error instanceof UnrecoverableError || isLockLost(error);
      if (isExpected && !isGivenUp) return;
      const fault = isGivenUp
        ? new Error(`job ${job?.id} was given up: ${error.message}`)
        : sanitizeError(error);
      if (!job) return report({ kind: 'fault', error: fault });
      const requestId = await store.requestId(job.data.run).catch(() => null);
      report({ kind: 'fault', error: fault, run: job.data.run, requestId, stage: job.name });
    });
    return worker;
  });
  // Until then the workers take no jobs, and report why they cannot reach Redis.
  await Promise.all([availability.ready, ...workers.map((worker) => worker.waitUntilReady())]);
  await clock.whenMeasured();
  for (const worker of workers) worker.run().catch((error) => worker.emit('error', error));

  const { longestWaitMs } = runtime.policy;
  const maintenance = createMaintenance({ redis, keys, queues, store, flows, longestWaitMs });
  const { forgetExpired, checkOpenRuns, promoteJobsDelayedTooLong } = maintenance;
  const cancelAbandonedRuns = createAbandonmentScan(redis, keys, store);
  const tasks = [forgetExpired, checkOpenRuns, promoteJobsDelayedTooLong, cancelAbandonedRuns].map(
    unlessRunning,
  );
  const maintaining = setInterval(() => {
    for (const task of tasks) task();
  }, maintenanceMs).unref();
  const name = randomUUID();
  const stopHeartbeats = queues.map((queue) => startHeartbeat(redis, keys, queue, name));

  return createRunningWorker({
    workers,
    active,
    abort() {
      isDraining = true;
      for (const worker of workers) worker.cancelAllJobs('worker closing' satisfies CancelReason);
    },
    async release(isClosed) {
      clearInterval(maintaining);
      await usageReconciliation.close(isClosed ? USAGE_TIMEOUT_MS : 0);
      await finishedRuns.close();
      availability.close();
      clock.close();
      await flows.close();
      await outbox.close();
      const stopped = Promise.allSettled(stopHeartbeats.map((stop) => stop()));
      if (isClosed) await within(CLOSE_TIMEOUT_MS, stopped);
      redis.disconnect();
    },
  });
}

const NEVER = new AbortController().signal;

/** BullMQ's error for a job that has lost its lock more than `MAX_STALLED` times. */
const STALLED = 'job stalled more than allowable limit';

/** Errors of a job that another worker has taken over: that worker's record counts. */
const LOCK_ERRORS = /^(could not renew lock|Missing lock for job|Lock mismatch for job)/;

const isLockLost = ({ message }: Error) => message === LOCK_LOST || LOCK_ERRORS.test(message);

/** Skips a call while the task is still running. A failed task is repeated with the next call. */
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
