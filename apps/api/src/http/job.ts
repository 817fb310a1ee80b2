import type { ProblemType } from '@codegen/contract';
import { isSimulated, type JobView, toJob } from '@codegen/contract/to-job';
import type { Runs, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { z } from 'zod';
import { callerIn } from '../middleware/callers.ts';
import { ProblemError } from '../problem.ts';

/** Path parameters of `/jobs/{id}`. */
export const jobPath = z.object({
  id: z.uuid().describe('From `X-Job-Id`, `Location` or the job itself'),
});

/** Problems of every route under `/jobs/{id}`. */
export const jobPathProblems = ['malformed-job-id', 'unknown-job'] as const satisfies readonly ProblemType[];

/** @throws ProblemError */
export function readJobId(text: string): string {
  if (jobPath.shape.id.safeParse(text).success) return text.toLowerCase();
  throw new ProblemError(
    'malformed-job-id',
    'Use the id from the X-Job-Id header or the Location of a 202 response.',
  );
}

/** The run with this job id. @throws ProblemError if it does not exist or belongs to another caller */
export const findRun = (runs: Pick<Runs, 'load'>, id: string, response: Response): Promise<StoredRun> =>
  findRunOf(runs, id, callerIn(response));

/** The run of a caller with this job id. @throws ProblemError if it does not exist or belongs to another caller */
export async function findRunOf(runs: Pick<Runs, 'load'>, id: string, caller: string): Promise<StoredRun> {
  const run = await runs.load(readJobId(id));
  if (run?.caller === caller) return run;
  throw new ProblemError('unknown-job', 'Check the id. The job never existed, or it has expired.');
}

export function sendJob(response: Response, view: JobView, run: StoredRun) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (run.outcome === null) response.set('Retry-After', '1');
  response.set('Cache-Control', 'no-store').json(toJob(view, run));
}
