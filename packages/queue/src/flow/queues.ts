import { ROLES, type Role } from '@codegen/pipeline';
import type { JobsOptions, MinimalJob } from 'bullmq';
import { z } from 'zod';

/** Queue of `generate` jobs and of stages whose role has no queue of its own. */
export const STAGES = 'stages';

/** Queue of webhook deliveries. */
export const WEBHOOKS = 'webhooks';

/** Queues of roles that have their own. */
export type RoleQueues = Partial<Record<Role, string>>;

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Schema of `STAGE_QUEUES`, such as `reviewer:slow,generator:slow`. */
export const roleQueues = z
  .string()
  .optional()
  .transform((text = '', context): RoleQueues => {
    const items = text.split(',').map((item) => item.trim());
    const pairs = items.filter((item) => item !== '').map((item) => item.split(':'));
    const isValid = ([role, queue = '', ...rest]: readonly string[]) =>
      ROLES.some((one) => one === role) && NAME.test(queue) && queue !== WEBHOOKS && rest.length === 0;
    if (pairs.every(isValid)) return Object.fromEntries(pairs);
    context.addIssue({
      code: 'custom',
      message: `comma-separated pairs such as reviewer:slow; roles are ${ROLES.join(', ')}`,
    });
    return z.NEVER;
  });

/** All queues of stages. */
export const queuesOf = (mapping: RoleQueues): string[] => [...new Set([STAGES, ...Object.values(mapping)])];

/** The queue of a role's stages. */
export const queueOf = (mapping: RoleQueues, role: Role): string => mapping[role] ?? STAGES;

/** Unexpected errors after which a job fails. BullMQ stores their stack traces, which count them. */
export const MAX_FAULTS = 3;

export const jobOptions: JobsOptions = {
  // No limit in practice: the retry policy of the pipeline ends a stage long before.
  attempts: 1_000,
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
  /** Ms since 1970. */
  readonly at: number;

  constructor(at: number, reason = 'the stage continues later') {
    super(reason);
    this.at = at;
    // An error without a stack trace does not count as a fault.
    delete this.stack;
  }
}

/** Delay before BullMQ retries a job, in ms; -1 fails the job. */
export function backoffStrategy(_attempts: number, _type?: string, error?: Error, job?: MinimalJob): number {
  if (error instanceof RetryLater) return Math.max(MIN_DELAY_MS, Math.ceil(error.at - Date.now()));
  const faults = 1 + (job?.stacktrace?.length ?? 0);
  return faults < MAX_FAULTS ? FIRST_FAULT_DELAY_MS * 2 ** (faults - 1) : -1;
}
