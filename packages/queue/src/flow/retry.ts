import type { MinimalJob } from 'bullmq';

/** The name under which jobs ask for `backoffStrategy`. */
export const BACKOFF = 'stage';

/** Bounds nothing in practice: the pipeline's retry policy ends a stage long before. */
export const ATTEMPTS = 1_000;

/** Unexpected errors of a job after which it fails. BullMQ keeps their stack traces, which count them. */
export const MOST_FAULTS = 3;

const FIRST_FAULT_DELAY_MS = 500;

/**
 * BullMQ stops renewing a job's lock by the job's id when the attempt is over. A job that the same worker takes again
 * within that moment would lose its lock, so no retry is immediate.
 */
const SHORTEST_DELAY_MS = 10;

/** The stage goes on later: BullMQ retries its job, and the worker is free meanwhile. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  /** Milliseconds since 1970. */
  readonly at: number;

  constructor(at: number, reason = 'the stage goes on later') {
    super(reason);
    this.at = at;
    // Without a stack trace it is not counted as a fault.
    delete this.stack;
  }
}

/** Milliseconds until BullMQ retries a job; -1 to fail it. */
export function backoffStrategy(_attempts: number, _type?: string, error?: Error, job?: MinimalJob): number {
  if (error instanceof RetryLater) return Math.max(SHORTEST_DELAY_MS, Math.ceil(error.at - Date.now()));
  const faults = 1 + (job?.stacktrace?.length ?? 0);
  return faults < MOST_FAULTS ? FIRST_FAULT_DELAY_MS * 2 ** (faults - 1) : -1;
}
