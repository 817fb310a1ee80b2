import { acceptedJobSchema, estimateSchema, jobRequestSchema, jobSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { accepted, idempotencyKeyHeader, preferHeader, replayed, simulated, submitted } from './headers.ts';
import { onDisconnectHeader, onDisconnectQuery } from './on-disconnect.ts';

export const createJob = {
  id: 'createJob',
  method: 'post',
  path: '/jobs',
  tag: 'Jobs',
  summary: 'Start a job',
  counted: true,
  parameters: {
    query: z.object({
      validateOnly: z
        .enum(['true', 'false'])
        .optional()
        .describe('`true` checks, estimates and starts nothing'),
      ...onDisconnectQuery,
    }),
    header: z.object({ ...preferHeader, ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  body: jobRequestSchema,
  answers: {
    200: {
      description: 'The job, finished within the wait; or with `validateOnly` what it would take',
      body: z.union([jobSchema, estimateSchema]),
      headers: z.object({ ...submitted, ...replayed, ...simulated }).partial(),
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
    'invalid-parameter',
    'invalid-job-request',
    'model-not-allowed',
    'invalid-webhook',
    'webhooks-not-configured',
    'conversation-too-long',
    'idempotency-key-reused',
    'blank-query',
    'unreadable-query',
    'too-many-jobs',
    'overloaded',
  ],
} satisfies Operation;
