import { deletedResponseSchema } from '@codegen/contract';
import { jobPathProblems } from '../../http/job.ts';
import { defineRoute } from '../../http/route.ts';
import { ProblemError } from '../../problem.ts';
import { responseIdOf } from '../../v1/response-object.ts';
import { findResponse, responsePath } from '../../v1/response-request.ts';

export const deleteResponse = defineRoute({
  id: 'deleteResponse',
  method: 'delete',
  path: '/v1/responses/{responseId}',
  tag: 'OpenAI',
  summary: 'Delete a finished response, its job and its data',
  parameters: { path: responsePath },
  responses: { 200: { description: 'The response is deleted', body: deletedResponseSchema } },
  problems: [...jobPathProblems, 'job-not-finished'],
  handler: (deps) => async (request, response) => {
    const { id, caller } = await findResponse(deps, request.params.responseId, response);
    const responseId = responseIdOf(id);
    if (!(await deps.runs.remove(id, caller)))
      throw new ProblemError('job-not-finished', `Cancel it first: POST /v1/responses/${responseId}/cancel`);
    response.json({ id: responseId, object: 'response', deleted: true });
  },
});
