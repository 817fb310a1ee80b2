import { deletedSchema } from '@codegen/contract';
import { findRun, jobPath, jobPathProblems } from '../http/job.ts';
import { defineRoute } from '../http/route.ts';
import { stageLogsOf } from '../http/stage-logs.ts';
import { ProblemError } from '../problem.ts';

export const deleteJob = defineRoute({
  id: 'deleteJob',
  method: 'delete',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Delete a finished job and its data',
  description:
    'Deletes everything that Redis stores about the job. The response lists the stage logs of workers, which keep the answers of models until their retention ends (`STAGE_LOG`, `STAGE_LOG_DAYS`).',
  parameters: { path: jobPath },
  responses: { 200: { description: 'The job is deleted', body: deletedSchema } },
  problems: [...jobPathProblems, 'job-not-finished'],
  handler: (deps) => async (request, response) => {
    const run = await findRun(deps.runs, request.params.id, response);
    if (!(await deps.runs.remove(run.id, run.caller, run.threadId))) {
      throw new ProblemError('job-not-finished', `Cancel it first: POST /jobs/${run.id}/cancel`);
    }
    response.json({ id: run.id, deleted: true, stageLogs: stageLogsOf(deps, [run]) });
  },
});
