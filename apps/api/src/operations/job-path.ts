import type { ProblemType } from '@codegen/contract';
import { z } from 'zod';

/** The path of a job, and what can be wrong with it. */
export const jobPath = z.object({
  id: z.uuid().describe('From `X-Job-Id`, `Location` or the job itself'),
});

export const jobPathProblems = ['malformed-job-id', 'unknown-job'] as const satisfies readonly ProblemType[];
