import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import { findRun, jobPath, jobPathProblems, sendJob } from '../http/job.ts';
import { maybeRetryAfterHeader, retryAfterHeader, simulatedHeader } from '../http/job-headers.ts';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const acceptJob = defineRoute({
  id: 'acceptJob',
  method: 'post',
  path: '/jobs/{id}/accept',
  tag: 'Jobs',
  summary: 'Accept the provisional code and stop the job',
  parameters: { path: jobPath },
  responses: {
    200: {
      description: 'The job, completed with that code; unchanged if it had finished',
      body: jobSchema,
      headers: z.object({ ...simulatedHeader, ...maybeRetryAfterHeader }),
    },
    409: { headers: z.object(retryAfterHeader) },
  },
  problems: [...jobPathProblems, 'nothing-to-accept'],
  handler: (deps) => async (request, response) => {
    const { id } = await findRun(deps.runs, request.params.id, response);
    if ((await deps.runs.accept(id)) === 'no-code') {
      const detail = `Try again when \`provisional\` of job ${id} is not null.`;
      throw new ProblemError('nothing-to-accept', detail, { 'Retry-After': '2' });
    }
    sendJob(response, deps, await findRun(deps.runs, id, response));
  },
});
