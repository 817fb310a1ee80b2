import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import { findRun, jobPath, jobPathProblems, sendJob } from '../http/job.ts';
import { maybeRetryAfterHeader, simulatedHeader } from '../http/job-headers.ts';
import { defineRoute } from '../http/route.ts';

const job = { body: jobSchema, headers: z.object({ ...simulatedHeader, ...maybeRetryAfterHeader }) };

export const cancelJob = defineRoute({
  id: 'cancelJob',
  method: 'post',
  path: '/jobs/{id}/cancel',
  tag: 'Jobs',
  summary: 'Cancel a job',
  description: 'Queued stages never start; running model calls are aborted.',
  parameters: { path: jobPath },
  responses: {
    200: { description: 'The job had finished and is unchanged', ...job },
    202: { description: 'The job is cancelled', ...job },
  },
  problems: jobPathProblems,
  handler: (deps) => async (request, response) => {
    const { id } = await findRun(deps.runs, request.params.id, response);
    const isCancelled = await deps.runs.cancel(id);
    sendJob(response.status(isCancelled ? 202 : 200), deps, await findRun(deps.runs, id, response));
  },
});
