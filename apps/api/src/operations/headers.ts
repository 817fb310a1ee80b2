import { z } from 'zod';

/** What several operations take or answer with in headers. */
export const preferHeader = {
  Prefer: z.string().optional().meta({
    description: '`respond-async`, `wait=n` (seconds) or both; what is done of it is in `Preference-Applied`',
    example: 'wait=30',
  }),
};

export const idempotencyKeyHeader = {
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({ description: 'The same key for the same request is the same job', example: 'a3f0c1' }),
};

const seconds = z.string().regex(/^\d+$/);

export const retryAfter = { 'Retry-After': seconds.describe('Seconds') };
export const maybeRetryAfter = {
  'Retry-After': seconds.optional().describe('Seconds; of an unfinished job'),
};

export const simulated = {
  'X-Simulated': z.literal('true').optional().describe('The answers are canned: no model was asked'),
};

/** Of an answer to a request for a job. */
export const submitted = {
  'X-Job-Id': z.uuid(),
  Link: z.string().describe('The job, as `rel="status"`'),
};
export const replayed = {
  'Idempotent-Replayed': z.literal('true').optional().describe('The key stood for this job already'),
};
export const coalesced = {
  'X-Job-Coalesced': z.literal('true').optional().describe('The same request was under way as this job'),
};

/** Of whatever is answered to a request that was counted, where the service has a limit. */
export const standing = {
  'RateLimit-Policy': z
    .string()
    .regex(/^"starts";q=\d+;w=\d+$/)
    .optional()
    .describe('How many such requests (`q`) a caller may send in how many seconds (`w`)'),
  RateLimit: z
    .string()
    .regex(/^"starts";r=\d+;t=\d+$/)
    .optional()
    .describe('How many are left (`r`), and in how many seconds (`t`) the count begins anew'),
};

/** Of an answer that comes before the result. */
export const accepted = {
  Location: z
    .string()
    .regex(/^\/jobs\//)
    .describe('The job'),
  ...retryAfter,
  'Preference-Applied': z.string().optional(),
};
