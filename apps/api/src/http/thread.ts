import type { Runs, Thread } from '@codegen/queue';
import type { Response } from 'express';
import { callerIn } from '../middleware/callers.ts';
import { ProblemError } from '../problem.ts';
import { readJobId } from './job.ts';

/** The thread with this id. @throws ProblemError if it does not exist or belongs to another caller */
export async function findThread(
  runs: Pick<Runs, 'thread'>,
  text: string,
  response: Response,
): Promise<{ readonly id: string; readonly thread: Thread }> {
  const id = readJobId(text);
  const thread = await runs.thread(id, callerIn(response));
  if (thread !== null) return { id, thread };
  const detail = 'Use the threadId of a job. The thread never existed, or all its jobs have expired.';
  throw new ProblemError('unknown-thread', detail);
}
