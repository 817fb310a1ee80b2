import type { Runs, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { ProblemError } from './problem.ts';

/**
 * A run that was taken as it stands after a wait; undefined if Redis is away just now: what comes of it waits at the job.
 * @throws ProblemError if it is not there any more: an answer would name a job that is none
 */
export async function runAfterWait(runs: Pick<Runs, 'load'>, id: string, response: Response) {
  const run: StoredRun | null | undefined = await runs.load(id).catch(() => undefined);
  if (run !== null) return run;
  for (const header of ['X-Job-Id', 'Link']) response.removeHeader(header);
  const detail = 'The job was deleted, or lost by Redis, while you waited. Send the request again.';
  throw new ProblemError('queue-unavailable', detail, { 'Retry-After': '1' });
}
