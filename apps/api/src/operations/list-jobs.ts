import { jobListSchema, jobPageSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';

/** Parameters of a name of their own: OpenAPI writes them as the members of an object. */
const metadata = z
  .record(z.string().regex(/^metadata\.[\w.-]{1,64}$/), z.string())
  .optional()
  .meta({
    description: '`metadata.<name>=<value>`: what the jobs’ `metadata` must say; as many as you like',
    example: { 'metadata.ticket': '17' },
    param: { style: 'form', explode: true },
  });

export const listJobs = {
  id: 'listJobs',
  method: 'get',
  path: '/jobs',
  tag: 'Jobs',
  summary: 'List your jobs, newest first',
  parameters: { query: z.object({ ...jobListSchema.shape, 'metadata.<name>': metadata }) },
  answers: { 200: { description: 'A page of jobs', body: jobPageSchema } },
  problems: ['invalid-filter', 'malformed-cursor'],
} satisfies Operation;
