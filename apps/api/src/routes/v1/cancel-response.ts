import { responseSchema } from '@codegen/contract';
import { jobPathProblems } from '../../http/job.ts';
import { defineRoute } from '../../http/route.ts';
import { toResponse } from '../../v1/response-object.ts';
import { findResponse, responsePath } from '../../v1/response-request.ts';

export const cancelResponse = defineRoute({
  id: 'cancelResponse',
  method: 'post',
  path: '/v1/responses/{responseId}/cancel',
  tag: 'OpenAI',
  summary: 'Cancel a response',
  parameters: { path: responsePath },
  responses: {
    200: { description: 'The cancelled response; unchanged if it had finished', body: responseSchema },
  },
  problems: jobPathProblems,
  handler: (deps) => async (request, response) => {
    const { responseId } = request.params;
    const { id } = await findResponse(deps, responseId, response);
    await deps.runs.cancel(id);
    const run = await findResponse(deps, responseId, response);
    response.set('Cache-Control', 'no-store').json(toResponse(deps, run));
  },
});
