import { z } from 'zod';
import { jobRequestSchema } from '../job-request.ts';
import type { Operation } from '../operation.ts';
import { acceptedJobSchema, jobSchema } from '../resources/job.ts';
import { accepted, idempotencyKeyHeader, preferHeader, replayed, simulated, submitted } from './headers.ts';

export const createJob = {
  id: 'createJob',
  method: 'post',
  path: '/jobs',
  tag: 'Jobs',
  summary: 'Start a job',
  parameters: { header: z.object({ ...preferHeader, ...idempotencyKeyHeader }) },
  body: jobRequestSchema,
  answers: {
    200: {
      description: 'The job, finished within the wait',
      body: jobSchema,
      headers: z.object({ ...submitted, ...replayed, ...simulated }),
    },
    202: {
      description: 'The job as it stands',
      body: z.union([jobSchema, acceptedJobSchema]),
      headers: z.object({ ...submitted, ...replayed, ...accepted }),
    },
  },
  problems: [
    'malformed-preference',
    'malformed-idempotency-key',
    'malformed-json',
    'unsupported-media-type',
    'invalid-job-request',
    'conversation-too-long',
    'idempotency-key-reused',
    'blank-query',
    'unreadable-query',
    'overloaded',
  ],
} satisfies Operation;
