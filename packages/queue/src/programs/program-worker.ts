import { randomUUID } from 'node:crypto';
import type { Job } from 'bullmq';
import {
  ActiveJobs,
  BackoffWorker,
  createRunningWorker,
  type RunningWorker,
} from '../flow/worker-lifecycle.ts';
import { startHeartbeat } from '../presence/worker-heartbeats.ts';
import { connectBlocking, sanitizeError } from '../redis/connection.ts';
import { programKeys } from '../redis/keys.ts';

/** Name of the queue, and of its jobs. */
export const PROGRAMS = 'programs';

export interface ProgramWorkerOptions {
  readonly redisUrl: string;
  readonly namespace: string;
  /** Programs at a time. */
  readonly concurrency: number;
  /** Receives every program that failed and every fault of the queue, for the service's log. */
  readonly onFault: (error: Error) => void;
}

/** Renewed while a program runs. The loss of its service fails a program. */
const LOCK_MS = 30_000;
const STALL_CHECK_MS = 5_000;

/**
 * Runs programs until it is closed. Resolves when it is ready. It uses no key outside `programKeys`, so its user in Redis
 * needs no rights to others.
 * @param run a rejection fails the program with its message
 */
export async function startProgramWorker(
  run: (program: unknown) => Promise<object>,
  { redisUrl, namespace, concurrency, onFault }: ProgramWorkerOptions,
): Promise<RunningWorker> {
  const keys = programKeys(namespace);
  const redis = connectBlocking(redisUrl);
  const active = new ActiveJobs();
  const processor = (job: Job<unknown>) => active.track(run(job.data));
  const worker = new BackoffWorker<unknown>(PROGRAMS, processor, {
    connection: redis,
    prefix: keys.prefix,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALL_CHECK_MS,
    maxStalledCount: 0,
  });
  worker.on('error', (error) => onFault(sanitizeError(error)));
  worker.on('failed', (_job, error) => onFault(sanitizeError(error)));
  await worker.waitUntilReady();
  const stopHeartbeat = startHeartbeat(redis, keys, PROGRAMS, randomUUID());
  return createRunningWorker({
    workers: [worker],
    active,
    // A program ends at its own limits.
    abort: () => {},
    async release(isClosed) {
      const stopped = stopHeartbeat().catch(() => {});
      if (isClosed) await stopped;
      redis.disconnect();
    },
  });
}
