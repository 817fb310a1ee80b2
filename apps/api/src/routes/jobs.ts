import { isSimulated, type JobView, toJob } from '@codegen/contract/to-job';
import type { Runs, StoredRun } from '@codegen/queue';
import { type Response, Router } from 'express';
import { runAfterWait } from '../after-wait.ts';
import { askedBy } from '../authenticate.ts';
import { estimateResource } from '../estimate-resource.ts';
import { readIdempotencyKey, tellSubmission } from '../idempotency-key.ts';
import { findRun } from '../job-id.ts';
import { cursorOf, readJobList } from '../job-list.ts';
import { type JobLimits, readJobRequest } from '../job-request.ts';
import { jsonBody } from '../json-body.ts';
import { readOnDisconnect } from '../on-disconnect.ts';
import { parametersOf, readFlag, readOnce } from '../parameters.ts';
import { parsePrefer } from '../prefer.ts';
import { ProblemError } from '../problem.ts';
import { acceptedHeaders, type WaitDeps, waitFor, waitSeconds } from '../wait.ts';
import { checkWebhook, type WebhookRules } from '../webhook.ts';

export interface JobDeps extends WaitDeps, JobView, JobLimits {
  readonly runs: Pick<
    Runs,
    'submit' | 'load' | 'finished' | 'registerClient' | 'list' | 'remove' | 'cancel' | 'accept' | 'samples'
  >;
  readonly webhooks: WebhookRules;
}

export const jobRoutes = (deps: JobDeps) =>
  Router()
    .post('/jobs', ...jsonBody, async (request, response) => {
      const preference = parsePrefer(request.get('Prefer'));
      const validateOnly = readFlag(parametersOf(request.url), 'validateOnly', false);
      const { conversation, metadata, wait, options, ...given } = readJobRequest(request.body, deps);
      const webhook = checkWebhook(given.webhook, deps.webhooks);
      const idempotencyKey = readIdempotencyKey(request);
      const onDisconnect = readOnDisconnect(request);
      if (validateOnly) {
        const body = await estimateResource(deps, options);
        return void response.set('Cache-Control', 'no-store').json(body);
      }
      const about = { caller: askedBy(response), metadata, webhook, idempotencyKey, options, onDisconnect };
      const submission = await deps.runs.submit(conversation, about);
      tellSubmission(response, submission);
      const { id } = submission;
      const seconds = waitSeconds(preference, wait ?? 0, deps.syncWaitSeconds);
      await waitFor(id, seconds, onDisconnect, response, deps);
      if (response.destroyed) return;
      const run = await runAfterWait(deps.runs, id, response);
      if (run?.outcome) return sendJob(response, deps, run);
      const body = run ? toJob(deps, run) : { id, status: 'queued' };
      response
        .status(202)
        .set(acceptedHeaders(id, preference, seconds))
        .json(body);
    })
    .get('/jobs', async (request, response) => {
      const { filter, before, limit } = readJobList(parametersOf(request.url));
      const { runs, next } = await deps.runs.list(askedBy(response), filter, before, limit);
      const jobs = runs.map((run) => toJob(deps, run));
      response.set('Cache-Control', 'no-store').json({ jobs, next: next && cursorOf(next) });
    })
    .get('/jobs/:id', async (request, response) => {
      const wait = readWait(readOnce(parametersOf(request.url), 'wait'), deps.syncWaitSeconds);
      const onDisconnect = readOnDisconnect(request);
      const run = await findRun(deps.runs, request.params.id, response);
      if (run.outcome !== null || wait === 0) return sendJob(response, deps, run);
      await waitFor(run.id, wait, onDisconnect, response, deps);
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
    })
    .post('/jobs/:id/accept', async (request, response) => {
      const { id } = await findRun(deps.runs, request.params.id, response);
      if ((await deps.runs.accept(id)) === 'nothing') {
        const detail = `No step of job ${id} has code yet; its \`provisional\` shows when one has.`;
        throw new ProblemError('nothing-to-accept', detail, { 'Retry-After': '2' });
      }
      sendJob(response, deps, await findRun(deps.runs, id, response));
    });

function sendJob(response: Response, view: JobView, run: StoredRun) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (run.outcome === null) response.set('Retry-After', '1');
  response.set('Cache-Control', 'no-store').json(toJob(view, run));
}

function readWait(text: string | null, most: number): number {
  if (text === null) return 0;
  if (/^\d{1,4}$/.test(text)) return Math.min(Number(text), most);
  throw new ProblemError('invalid-parameter', 'wait is a whole number of seconds.');
}
