import { z } from 'zod';
import type { ProblemType } from '../problem.ts';

/** The path of a job, and what can be wrong with it. */
export const jobPath = z.object({
  id: z.uuid().describe('From `X-Job-Id`, `Location` or the job itself'),
});

export const jobPathProblems = ['malformed-job-id', 'unknown-job'] as const satisfies readonly ProblemType[];
