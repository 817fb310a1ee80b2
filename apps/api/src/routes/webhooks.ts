import { type JobView, toJob } from '@codegen/contract/to-job';
import type { Runs } from '@codegen/queue';
import { Router } from 'express';
import { findRun } from '../job-id.ts';
import { ProblemError } from '../problem.ts';
import { requireWebhooks, type WebhookRules } from '../webhook.ts';

export interface WebhookDeps extends JobView {
  readonly runs: Pick<Runs, 'load' | 'redeliver'>;
  readonly webhooks: WebhookRules;
}

/** Tells the end of a job again, whether or not it was told before. */
export const webhookRoutes = (deps: WebhookDeps) =>
  Router().post('/jobs/:id/webhook/redeliver', async (request, response) => {
    requireWebhooks(deps.webhooks);
    const { id, webhook, outcome } = await findRun(deps.runs, request.params.id, response);
    if (outcome === null)
      throw new ProblemError('job-not-finished', 'Its webhook is told by itself when it has ended.');
    if (webhook === null)
      throw new ProblemError('no-webhook', 'A webhook is named when the job is asked for, in POST /jobs.');
    await deps.runs.redeliver(id);
    const run = await findRun(deps.runs, id, response);
    response.status(202).set('Cache-Control', 'no-store').json(toJob(deps, run));
  });
