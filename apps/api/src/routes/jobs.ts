import type { KeptRun, Runs } from '@codegen/queue';
import { type Response, Router } from 'express';
import { askedBy } from '../authenticate.ts';
import { readIdempotencyKey, tellSubmission } from '../idempotency-key.ts';
import { findRun } from '../job-id.ts';
import { cursorOf, readJobList } from '../job-list.ts';
import { readJobRequest } from '../job-request.ts';
import { isSimulated, jobResource, type Shown } from '../job-resource.ts';
import { jsonBody } from '../json-body.ts';
import { parametersOf } from '../parameters.ts';
import { parsePrefer } from '../prefer.ts';
import { ProblemError } from '../problem.ts';
import { acceptedHeaders, type WaitDeps, waitFor, waitSeconds } from '../wait.ts';

export interface JobDeps extends WaitDeps, Shown {
  readonly runs: Pick<Runs, 'submit' | 'load' | 'settled' | 'list' | 'remove' | 'cancel'>;
  readonly maxQueryChars: number;
}

export const jobRoutes = (deps: JobDeps) =>
  Router()
    .post('/jobs', ...jsonBody, async (request, response) => {
      const preference = parsePrefer(request.get('Prefer'));
      const { conversation, metadata, wait } = readJobRequest(request.body, deps.maxQueryChars);
      const about = { caller: askedBy(response), metadata, idempotencyKey: readIdempotencyKey(request) };
      const submission = await deps.runs.submit(conversation, about);
      tellSubmission(response, submission);
      const { id } = submission;
      const seconds = waitSeconds(preference, wait ?? 0, deps.syncWaitSeconds);
      await waitFor(id, seconds, response, deps);
      if (response.destroyed) return;
      const run = await deps.runs.load(id).catch(() => null);
      if (run?.settled) return sendJob(response, deps, run);
      const body = run ? jobResource(deps, run) : { id, status: 'queued' };
      response
        .status(202)
        .set(acceptedHeaders(id, preference, seconds))
        .json(body);
    })
    .get('/jobs', async (request, response) => {
      const { filter, before, limit } = readJobList(parametersOf(request.url));
      const { runs, next } = await deps.runs.list(askedBy(response), filter, before, limit);
      const jobs = runs.map((run) => jobResource(deps, run));
      response.set('Cache-Control', 'no-store').json({ jobs, next: next && cursorOf(next) });
    })
    .get('/jobs/:id', async (request, response) => {
      const wait = readWait(parametersOf(request.url).get('wait'), deps.syncWaitSeconds);
      const run = await findRun(deps.runs, request.params.id, response);
      if (run.settled !== null || wait === 0) return sendJob(response, deps, run);
      await waitFor(run.id, wait, response, deps);
      // Finished or not: much may have happened to it since.
      if (!response.destroyed) sendJob(response, deps, await findRun(deps.runs, run.id, response));
    })
    .delete('/jobs/:id', async (request, response) => {
      const run = await findRun(deps.runs, request.params.id, response);
      if (!(await deps.runs.remove(run.id, run.caller))) {
        throw new ProblemError('job-not-finished', `Cancel it first: POST /jobs/${run.id}/cancel`);
      }
      response.status(204).end();
    })
    .post('/jobs/:id/cancel', async (request, response) => {
      const { id } = await findRun(deps.runs, request.params.id, response);
      const cancelled = await deps.runs.cancel(id);
      // A job that was over stays as it is, and is the answer.
      sendJob(response.status(cancelled ? 202 : 200), deps, await findRun(deps.runs, id, response));
    });

function sendJob(response: Response, shown: Shown, run: KeptRun) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (run.settled === null) response.set('Retry-After', '1');
  response.set('Cache-Control', 'no-store').json(jobResource(shown, run));
}

function readWait(text: string | null, most: number): number {
  if (text === null) return 0;
  if (/^\d{1,4}$/.test(text)) return Math.min(Number(text), most);
  throw new ProblemError('invalid-parameter', 'wait is a whole number of seconds.');
}
