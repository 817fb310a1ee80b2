import type { JobsOptions, MinimalJob } from 'bullmq';

/** Unexpected errors after which a job fails. BullMQ stores their stack traces, which count them. */
export const MAX_FAULTS = 3;

export const jobOptions: JobsOptions = {
  // No limit in practice: the retry policy of the pipeline ends a stage long before.
  attempts: 100_000,
  backoff: { type: 'stage' },
  stackTraceLimit: MAX_FAULTS,
};

const FIRST_FAULT_DELAY_MS = 500;

/**
 * After an attempt, BullMQ stops renewing the lock of a job by the job's id. If the same worker took the job again
 * within that moment, it would lose its lock. Therefore no retry is immediate.
 */
const MIN_DELAY_MS = 10;

/** Thrown by a job that is to be retried at a given time; the worker takes other jobs meanwhile. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  /** Ms since 1970 by the clock of Redis. */
  readonly at: number;

  constructor(at: number, reason = 'the stage continues later') {
    super(reason);
    this.at = at;
    // An error without a stack trace does not count as a fault.
    delete this.stack;
  }
}

/** Delay before BullMQ retries a job, in ms; -1 fails the job. @param now the clock of `RetryLater.at` */
export const createBackoffStrategy =
  (now: () => number) =>
  (_attempts: number, _type?: string, error?: Error, job?: MinimalJob): number => {
    if (error instanceof RetryLater) return Math.max(MIN_DELAY_MS, Math.ceil(error.at - now()));
    const faults = 1 + (job?.stacktrace?.length ?? 0);
    return faults < MAX_FAULTS ? FIRST_FAULT_DELAY_MS * 2 ** (faults - 1) : -1;
  };

/** Data of every job. Inputs and outputs are in the run's hash. */
export interface JobData {
  readonly run: string;
}

/** Return value of a job, for dashboards. */
export interface JobReturnValue {
  readonly status: string;
  readonly model?: string | null;
  readonly milliseconds?: number;
  readonly promptTokens?: number | null;
  readonly completionTokens?: number | null;
  /** US dollars; null if unknown. */
  readonly cost?: number | null;
}

/** Return value of a job whose run has finished or is gone. */
export const RUN_FINISHED: JobReturnValue = { status: 'run finished' };
