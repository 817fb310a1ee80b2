import { z } from 'zod';
import { jobSchema, jobStatusSchema } from './job.ts';
import { routeSchema } from './primitives.ts';

const filterTimeSchema = z.iso
  .datetime({ offset: true, error: 'a time such as 2026-11-23T06:00:00Z' })
  .transform((text) => Date.parse(text));

/** The query parameters of `GET /jobs`, except `metadata.<name>`. */
export const jobListSchema = z.strictObject({
  status: jobStatusSchema.optional(),
  route: routeSchema
    .optional()
    .describe(
      'Requests that chat programs send on their own, such as for a title, are listed with `text` only',
    ),
  createdFrom: filterTimeSchema.optional().describe('Earliest creation time, inclusive, in ISO 8601'),
  createdTo: filterTimeSchema.optional().describe('Latest creation time, inclusive'),
  idempotencyKey: z.string().max(255).optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'a number from 1 to 100')
    .transform(Number)
    .optional()
    .describe('Jobs per page, 20 by default'),
  cursor: z.string().max(200).optional().describe('The `next` of the previous page, unchanged'),
});

/** Filter of a job list, for programs. Absent fields do not filter. */
export interface JobFilter
  extends Omit<z.input<typeof jobListSchema>, 'createdFrom' | 'createdTo' | 'limit' | 'cursor'> {
  /** Both ends are inclusive. */
  readonly createdFrom?: Date | string;
  readonly createdTo?: Date | string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Jobs per page, 1 to 100. */
  readonly limit?: number;
}

export const jobPageSchema = z
  .object({
    jobs: z.array(jobSchema),
    next: z.string().nullable().describe('The `cursor` of the next page; null on the last page'),
  })
  .meta({ id: 'JobPage' });
