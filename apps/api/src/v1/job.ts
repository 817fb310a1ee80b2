import type { CompletedJob, Job, ProblemType } from '@codegen/contract';
import { isSimulated, toJob } from '@codegen/contract/to-job';
import type { OnDisconnect, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import type { HandlerDeps } from '../http/route.ts';
import { loadAfterWait, runIsGone, waitFor } from '../http/waiting.ts';
import { ProblemError } from '../problem.ts';

/** Longest wait for a job, in seconds: the timeout of OpenAI's SDKs. */
const MAX_WAIT_SECONDS = 600;

/** A socket may be silent for this time longer than the wait, in ms. */
const SLACK_MS = 10_000;

/** Tells a client to repeat its request, which joins the job. */
const stillRunning = () =>
  new ProblemError('job-still-running', 'Send the request again: it joins the job.', { 'Retry-After': '1' });

/** Why a stream ends without a result. */
export const interruption = (isGone: boolean) => (isGone ? runIsGone() : stillRunning());

/** A run that was just submitted. @throws ProblemError if it is gone or Redis is unavailable */
export async function loadSubmitted(deps: Pick<HandlerDeps, 'runs'>, id: string, response: Response) {
  const run = await loadAfterWait(deps.runs, id, response);
  if (run === undefined) throw stillRunning();
  return run;
}

/** Waits for a submitted job. Null if the client has disconnected. @throws ProblemError if there is no result */
export async function waitForResult(
  deps: HandlerDeps,
  id: string,
  onDisconnect: OnDisconnect,
  response: Response,
): Promise<StoredRun | null> {
  response.socket?.setTimeout(MAX_WAIT_SECONDS * 1_000 + SLACK_MS);
  const finished = await waitFor(id, MAX_WAIT_SECONDS, onDisconnect, response, deps);
  if (response.destroyed) return null;
  const run = finished ?? (await loadAfterWait(deps.runs, id, response));
  if (!run?.outcome) throw stillRunning();
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  return run;
}

/** The job of a finished run. @throws ProblemError if it failed or was cancelled */
export function completedJob(
  deps: Pick<HandlerDeps, 'graph' | 'retentionSeconds'>,
  run: StoredRun,
): CompletedJob {
  const job = toJob(deps, run) as Job;
  if (job.status === 'completed') return job;
  throw problemOf(job);
}

/** Why a finished job has no result. */
function problemOf({ problem }: Pick<Job, 'problem'>): ProblemError {
  if (problem === null)
    return new ProblemError('job-cancelled', 'Send the request again if you still want the code.');
  return new ProblemError(problem.type.slice('/problems/'.length) as ProblemType, problem.detail);
}
