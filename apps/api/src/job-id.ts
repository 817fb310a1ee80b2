import type { Runs, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { z } from 'zod';
import { askedBy } from './authenticate.ts';
import { ProblemError } from './problem.ts';

const schema = z.uuid();

/** The id of a job out of a path. @throws ProblemError */
function readJobId(text: string): string {
  if (schema.safeParse(text).success) return text.toLowerCase();
  throw new ProblemError(
    'malformed-job-id',
    'Use the id from the X-Job-Id header or the Location of a 202 answer.',
  );
}

/** The run a path speaks of. Somebody else's is as good as none. @throws ProblemError if there is none */
export async function findRun(runs: Pick<Runs, 'load'>, id: string, response: Response): Promise<StoredRun> {
  const run = await runs.load(readJobId(id));
  if (run?.caller === askedBy(response)) return run;
  throw new ProblemError('unknown-job', 'It never was, or its retention time is over.');
}
