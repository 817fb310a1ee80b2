import type { Graph } from '@codegen/pipeline';
import type { KeptRun, Runs } from '@codegen/queue';
import { json, type Request, type Response, Router } from 'express';
import { askedBy } from '../authenticate.ts';
import { readIdempotencyKey, tellSubmission } from '../idempotency-key.ts';
import { findRun } from '../job-id.ts';
import { cursorOf, readJobList } from '../job-list.ts';
import { readJobRequest } from '../job-request.ts';
import { isSimulated, jobResource } from '../job-resource.ts';
import { parsePrefer } from '../prefer.ts';
import { ProblemError } from '../problem.ts';
import { acceptedHeaders, type WaitDeps, waitFor, waitSeconds } from '../wait.ts';

export interface JobDeps extends WaitDeps {
  readonly runs: Pick<Runs, 'submit' | 'load' | 'settled' | 'list' | 'remove' | 'cancel'>;
  readonly graph: Graph;
  readonly maxQueryChars: number;
}

/** Bytes of a job request: a conversation of the greatest length in UTF-8, with room for JSON. */
export const MAX_JOB_BYTES = 1024 * 1024;

export const jobRoutes = (deps: JobDeps) =>
  Router()
    .post('/jobs', isJson, json({ limit: MAX_JOB_BYTES, strict: false }), async (request, response) => {
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
      if (run?.settled) return sendJob(response, deps.graph, run);
      const body = run ? jobResource(deps.graph, run) : { id, status: 'queued' };
      response
        .status(202)
        .set(acceptedHeaders(id, preference, seconds))
        .json(body);
    })
    .get('/jobs', async (request, response) => {
      const { filter, before, limit } = readJobList(parametersOf(request));
      const { runs, next } = await deps.runs.list(askedBy(response), filter, before, limit);
      const jobs = runs.map((run) => jobResource(deps.graph, run));
      response.set('Cache-Control', 'no-store').json({ jobs, next: next && cursorOf(next) });
    })
    .get('/jobs/:id', async (request, response) => {
      const wait = readWait(parametersOf(request).get('wait'), deps.syncWaitSeconds);
      const run = await findRun(deps.runs, request.params.id, response);
      const settled = run.settled === null && (await waitFor(run.id, wait, response, deps));
      if (response.destroyed) return;
      sendJob(response, deps.graph, settled ? await findRun(deps.runs, run.id, response) : run);
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
      sendJob(response.status(cancelled ? 202 : 200), deps.graph, await findRun(deps.runs, id, response));
    });

function sendJob(response: Response, graph: Graph, run: KeptRun) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (run.settled === null) response.set('Retry-After', '1');
  response.set('Cache-Control', 'no-store').json(jobResource(graph, run));
}

const parametersOf = (request: Request) => new URLSearchParams(request.url.split('?', 2)[1]);

function readWait(text: string | null, most: number): number {
  if (text === null) return 0;
  if (/^\d{1,4}$/.test(text)) return Math.min(Number(text), most);
  throw new ProblemError('invalid-parameter', 'wait is a whole number of seconds.');
}

function isJson(request: Request, _response: Response, next: () => void) {
  if (request.is('application/json')) return next();
  throw new ProblemError('unsupported-media-type', 'Send JSON with Content-Type: application/json.');
}
