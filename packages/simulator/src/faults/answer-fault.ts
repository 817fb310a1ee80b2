import { z } from 'zod';

/** Answered with a 200 whose answer is odd, late, partial or wrong. */
export const answerFaults = [
  z.strictObject({ kind: z.literal('error-mid-stream') }),
  z.strictObject({ kind: z.literal('cut') }),
  z.strictObject({ kind: z.literal('garbage') }),
  z.strictObject({ kind: z.literal('no-finish') }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('reasoning-only') }),
  z.strictObject({ kind: z.literal('truncated') }),
  z.strictObject({
    kind: z.literal('refusal'),
    /** With `stop` only the field `refusal` tells. */
    finishReason: z.enum(['content_filter', 'refusal', 'stop']).default('content_filter'),
  }),
  z.strictObject({ kind: z.literal('think'), closed: z.boolean().default(true) }),
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({
    kind: z.literal('slow'),
    latencyMs: z.number().min(0).optional(),
    tokensPerSecond: z.number().min(0).optional(),
  }),
] as const;
