import { jobSchema } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import { findRun, jobPath, jobPathProblems } from '../http/job.ts';
import { requireWebhooks } from '../http/job-options.ts';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const redeliverWebhook = defineRoute({
  id: 'redeliverWebhook',
  method: 'post',
  path: '/jobs/{id}/webhook/redeliver',
  tag: 'Jobs',
  summary: 'Deliver the webhook of a finished job again',
  parameters: { path: jobPath },
  responses: {
    202: {
      description: 'The job; its `webhook` shows the delivery',
      body: jobSchema,
    },
  },
  problems: [...jobPathProblems, 'job-not-finished', 'no-webhook', 'webhooks-not-configured', 'rate-limited'],
  handler: (deps) => async (request, response) => {
    requireWebhooks(deps.webhooks);
    const { id, webhook, outcome } = await findRun(deps.runs, request.params.id, response);
    if (outcome === null)
      throw new ProblemError('job-not-finished', 'Wait: the webhook is delivered when the job finishes.');
    if (webhook === null)
      throw new ProblemError('no-webhook', 'Name a webhook in POST /jobs when you start a job.');
    const started = await deps.runs.redeliver(id);
    if (typeof started === 'number') {
      const seconds = Math.ceil(started / 1_000);
      const detail = `Try again in ${seconds} seconds. Each redelivery of a job doubles the pause before the next one.`;
      throw new ProblemError('rate-limited', detail, { 'Retry-After': String(seconds) });
    }
    const run = await findRun(deps.runs, id, response);
    response.status(202).set('Cache-Control', 'no-store').json(toJob(deps, run));
  },
});
