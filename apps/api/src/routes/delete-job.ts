import { findRun, jobPath, jobPathProblems } from '../http/job.ts';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const deleteJob = defineRoute({
  id: 'deleteJob',
  method: 'delete',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Delete a finished job and its data',
  description:
    'Deletes everything that Redis stores about the job. The stage logs of workers keep the answers of models until their retention ends (`STAGE_LOG`, `STAGE_LOG_DAYS`).',
  parameters: { path: jobPath },
  responses: { 204: { description: 'The job is deleted' } },
  problems: [...jobPathProblems, 'job-not-finished'],
  handler: (deps) => async (request, response) => {
    const run = await findRun(deps.runs, request.params.id, response);
    if (!(await deps.runs.remove(run.id, run.caller, run.threadId))) {
      throw new ProblemError('job-not-finished', `Cancel it first: POST /jobs/${run.id}/cancel`);
    }
    response.status(204).end();
  },
});
