import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { maybeRetryAfter, retryAfter, simulated } from './headers.ts';
import { jobPath, jobPathProblems } from './job-path.ts';

export const acceptJob = {
  id: 'acceptJob',
  method: 'post',
  path: '/jobs/{id}/accept',
  tag: 'Jobs',
  summary: 'Settle for the provisional code and stop the rest',
  parameters: { path: jobPath },
  answers: {
    200: {
      description: 'The job, completed with that code, or as it was if it was over',
      body: jobSchema,
      headers: z.object({ ...simulated, ...maybeRetryAfter }),
    },
    409: { headers: z.object(retryAfter) },
  },
  problems: [...jobPathProblems, 'nothing-to-accept'],
} satisfies Operation;
