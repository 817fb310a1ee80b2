import { z } from 'zod';

// Schemas of headers that several routes read or send.

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

/** Of a response that names a submitted job. */
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

/** Of every response of a counted route, if the service has a rate limit. */
export const rateLimit = {
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

/** Of a 202 response. */
export const accepted = {
  Location: z
    .string()
    .regex(/^\/jobs\//)
    .describe('The job'),
  ...retryAfter,
  'Preference-Applied': z.string().optional(),
};
