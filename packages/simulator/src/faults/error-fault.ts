import { z } from 'zod';

const seconds = z.number().min(0);

/** Answered by an error in place of a model's answer. */
export const errorFaults = [
  z.strictObject({ kind: z.literal('rate-limit'), retryAfterSeconds: seconds.default(1) }),
  z.strictObject({ kind: z.literal('no-credit') }),
  z.strictObject({ kind: z.literal('busy-budget'), retryAfterSeconds: seconds.default(1) }),
  z.strictObject({ kind: z.literal('bad-key') }),
  z.strictObject({ kind: z.literal('forbidden') }),
  z.strictObject({ kind: z.literal('no-endpoint') }),
  z.strictObject({ kind: z.literal('too-long') }),
  z.strictObject({ kind: z.literal('bad-request') }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfterSeconds: seconds.optional(),
    /** Adds `error.availability`, which says whether to try again whatever the status. */
    retryable: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('html') }),
  z.strictObject({ kind: z.literal('error-in-200'), status: z.int().min(400).max(599).default(502) }),
] as const;
