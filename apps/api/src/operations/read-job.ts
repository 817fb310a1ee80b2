import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { maybeRetryAfter, simulated } from './headers.ts';
import { jobPath, jobPathProblems } from './job-path.ts';
import { onDisconnectHeader, onDisconnectQuery } from './on-disconnect.ts';

export const readJob = {
  id: 'readJob',
  method: 'get',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Read a job',
  parameters: {
    path: jobPath,
    query: z.object({
      wait: z
        .string()
        .regex(/^\d{1,4}$/)
        .optional()
        .describe('Seconds the answer may be held back until the job has finished'),
      ...onDisconnectQuery,
    }),
    header: z.object(onDisconnectHeader),
  },
  answers: {
    200: { description: 'The job', body: jobSchema, headers: z.object({ ...simulated, ...maybeRetryAfter }) },
  },
  problems: [...jobPathProblems, 'invalid-parameter'],
} satisfies Operation;
