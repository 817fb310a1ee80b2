import { deletedSchema } from '@codegen/contract';
import { jobPath } from '../../http/job.ts';
import { defineRoute } from '../../http/route.ts';
import { stageLogsOf } from '../../http/stage-logs.ts';
import { findThread } from '../../http/thread.ts';
import { callerIn } from '../../middleware/callers.ts';
import { ProblemError } from '../../problem.ts';

export const deleteThread = defineRoute({
  id: 'deleteThread',
  method: 'delete',
  path: '/threads/{id}',
  tag: 'Threads',
  summary: 'Delete a thread with all its jobs',
  parameters: { path: jobPath },
  responses: { 200: { description: 'The thread is deleted', body: deletedSchema } },
  problems: ['malformed-job-id', 'unknown-thread', 'job-not-finished'],
  handler: (deps) => async (request, response) => {
    const { id, thread } = await findThread(deps.runs, request.params.id, response);
    if (!(await deps.runs.removeThread(id, callerIn(response)))) {
      const detail = 'A job of the thread has not finished: wait for it, or cancel it. Nothing was deleted.';
      throw new ProblemError('job-not-finished', detail);
    }
    response.json({ id, deleted: true, stageLogs: stageLogsOf(deps, thread.runs) });
  },
});
