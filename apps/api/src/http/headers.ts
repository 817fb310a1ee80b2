import { z } from 'zod';

// Schemas of headers that several routes read or send.

export const preferHeader = {
  Prefer: z.string().optional().meta({
    description:
      '`respond-async`, `wait=n` (seconds) or both; `Preference-Applied` names those that were applied',
    example: 'wait=30',
  }),
};

export const idempotencyKeyHeader = {
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({ description: 'A request repeated with the same key gets the same job', example: 'a3f0c1' }),
};

const seconds = z.string().regex(/^\d+$/);

export const retryAfter = { 'Retry-After': seconds.describe('Seconds') };
export const maybeRetryAfter = {
  'Retry-After': seconds.optional().describe('Seconds; only if the job has not finished'),
};

export const simulated = {
  'X-Simulated': z.literal('true').optional().describe('The output is canned: no model was called'),
};

/** Of a response that names a submitted job. */
export const submitted = {
  'X-Job-Id': z.uuid(),
  Link: z.string().describe('The URL of the job, as `rel="status"`'),
};
export const replayed = {
  'Idempotent-Replayed': z
    .literal('true')
    .optional()
    .describe('The key belongs to an earlier request, whose job this is'),
};
export const coalesced = {
  'X-Job-Coalesced': z
    .literal('true')
    .optional()
    .describe('The same request was in flight, and this is its job'),
};

/** Of every response of a counted route, if the service has a rate limit. */
export const rateLimit = {
  'RateLimit-Policy': z
    .string()
    .regex(/^"starts";q=\d+;w=\d+$/)
    .optional()
    .describe('A caller may send `q` such requests in `w` seconds'),
  RateLimit: z
    .string()
    .regex(/^"starts";r=\d+;t=\d+$/)
    .optional()
    .describe('`r` requests remain; the window resets in `t` seconds'),
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
