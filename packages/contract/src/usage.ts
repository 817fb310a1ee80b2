import { z } from 'zod';
import type { DeepReadonly } from './primitives.ts';

const limit = z.object({
  used: z.number().min(0).nullable().describe('Null if nothing counts it, because there is no limit'),
  max: z.number().min(0).nullable().describe('Null without a limit'),
  resetsAt: z.iso.datetime().nullable().describe('When `used` begins at 0 again; null if it does not'),
});

/** `GET /usage`. */
export const usageSchema = z
  .object({
    caller: z.string(),
    requestsPerMinute: limit.describe('Requests that may start a job'),
    openJobs: limit.describe('Queued and running jobs'),
    usdPerDay: limit.describe('US dollars since midnight, UTC, as far as the model server reports costs'),
    usdPerMonth: limit.describe('US dollars since the first of the month, UTC'),
  })
  .meta({ id: 'Usage' });
export type Usage = DeepReadonly<z.output<typeof usageSchema>>;
