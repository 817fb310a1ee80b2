import { z } from 'zod';
import { jobSchema } from './job.ts';

export const jobPageSchema = z
  .object({
    jobs: z.array(jobSchema),
    next: z.string().nullable().describe('The `cursor` of the next page; null if there is none'),
  })
  .meta({ id: 'JobPage' });
