import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { maybeRetryAfter, simulated } from './headers.ts';
import { jobPath, jobPathProblems } from './job-path.ts';

const job = { body: jobSchema, headers: z.object({ ...simulated, ...maybeRetryAfter }) };

export const cancelJob = {
  id: 'cancelJob',
  method: 'post',
  path: '/jobs/{id}/cancel',
  tag: 'Jobs',
  summary: 'End a job',
  description: 'Queued stages never start, running calls are aborted.',
  parameters: { path: jobPath },
  answers: {
    200: { description: 'It was over already and stays as it is', ...job },
    202: { description: 'It is cancelled', ...job },
  },
  problems: jobPathProblems,
} satisfies Operation;
