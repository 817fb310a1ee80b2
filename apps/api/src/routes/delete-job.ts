import { findRun, jobPath, jobPathProblems } from '../http/job.ts';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const deleteJob = defineRoute({
  id: 'deleteJob',
  method: 'delete',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Remove a finished job and all that is kept of it',
  parameters: { path: jobPath },
  responses: { 204: { description: 'It is gone' } },
  problems: [...jobPathProblems, 'job-not-finished'],
  handler: (deps) => async (request, response) => {
    const run = await findRun(deps.runs, request.params.id, response);
    if (!(await deps.runs.remove(run.id, run.caller))) {
      throw new ProblemError('job-not-finished', `Cancel it first: POST /jobs/${run.id}/cancel`);
    }
    response.status(204).end();
  },
});
