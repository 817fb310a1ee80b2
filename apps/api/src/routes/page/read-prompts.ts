import { promptsSchema } from '@codegen/contract';
import { findRun, jobPath, jobPathProblems } from '../../http/job.ts';
import { defineRoute } from '../../http/route.ts';
import { ProblemError } from '../../problem.ts';

export const readPrompts = defineRoute({
  id: 'readPrompts',
  method: 'get',
  path: '/jobs/{id}/prompts',
  tag: 'Jobs',
  summary: 'Read the prompts and raw answers of a job',
  parameters: { path: jobPath },
  responses: { 200: { description: 'One entry per stage that a model has answered', body: promptsSchema } },
  problems: [...jobPathProblems, 'prompts-not-shown'],
  handler: (deps) => async (request, response) => {
    const { id } = await findRun(deps.runs, request.params.id, response);
    if (!deps.showPrompts) {
      throw new ProblemError(
        'prompts-not-shown',
        'The operator can set SHOW_PROMPTS=true on API and workers.',
      );
    }
    response.set('Cache-Control', 'no-store').json({ prompts: await deps.runs.prompts(id) });
  },
});
