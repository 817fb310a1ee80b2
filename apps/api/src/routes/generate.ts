import { fromQuery, type Run } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import { type Response, Router } from 'express';
import { askedBy } from '../authenticate.ts';
import { readIdempotencyKey, tellSubmission } from '../idempotency-key.ts';
import { isSimulated, problemOf } from '../job-resource.ts';
import { parametersOf } from '../parameters.ts';
import { parsePrefer } from '../prefer.ts';
import { describe, ProblemError, sendProblem } from '../problem.ts';
import { readQuery } from '../query.ts';
import { acceptedHeaders, type WaitDeps, waitFor, waitSeconds } from '../wait.ts';

export interface GenerateDeps extends WaitDeps {
  readonly runs: Pick<Runs, 'submit' | 'load' | 'settled'>;
  readonly maxQueryChars: number;
}

export const generateRoutes = (deps: GenerateDeps) =>
  Router().get('/generate', async (request, response) => {
    const preference = parsePrefer(request.get('Prefer'));
    const query = readQuery(request.originalUrl, deps.maxQueryChars);
    const idempotencyKey = readIdempotencyKey(request);
    const coalesce = readCoalesce(request.originalUrl) && idempotencyKey === null;
    const about = { caller: askedBy(response), idempotencyKey, coalesce };
    const submission = await deps.runs.submit(fromQuery(query), about);
    tellSubmission(response, submission);

    const { id } = submission;
    const seconds = waitSeconds(preference, deps.syncWaitSeconds, deps.syncWaitSeconds);
    const settled = await waitFor(id, seconds, response, deps);
    if (response.destroyed) return;
    // The run is accepted: if Redis is away just now, its result waits at the job.
    const run = settled ? await deps.runs.load(id).catch(() => null) : null;
    if (run?.settled) return sendResult(response, run, run.settled);
    response
      .status(202)
      .set(acceptedHeaders(id, preference, seconds))
      .json({ id, status: 'accepted', job: `/jobs/${id}` });
  });

/** A GET repeated by a proxy or an impatient client joins the run that is under way, unless `coalesce=false`. */
function readCoalesce(target: string): boolean {
  const value = parametersOf(target).get('coalesce') ?? 'true';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new ProblemError('invalid-parameter', 'coalesce is either true or false.');
}

function sendResult(response: Response, run: Run, settled: NonNullable<Run['settled']>) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (settled.status === 'completed') response.json(settled.response);
  else if (settled.status === 'failed') sendProblem(response, problemOf(settled));
  else
    sendProblem(response, describe('job-cancelled', 'Send the request again if the code is still wanted.'));
}
