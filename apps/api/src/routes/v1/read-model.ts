import { MODEL_IDS, modelIdSchema, modelSchema } from '@codegen/contract';
import { z } from 'zod';
import { defineRoute } from '../../http/route.ts';
import { ProblemError } from '../../problem.ts';
import { modelObject } from '../../v1/model.ts';

export const readModel = defineRoute({
  id: 'readModel',
  method: 'get',
  path: '/v1/models/{model}',
  tag: 'OpenAI',
  summary: 'A model for OpenAI’s clients',
  offline: true,
  parameters: { path: z.object({ model: modelIdSchema }) },
  responses: { 200: { description: 'The model', body: modelSchema } },
  problems: ['unknown-model'],
  handler: () => (request, response) => {
    const id = MODEL_IDS.find((one) => one === request.params.model);
    if (id === undefined)
      throw new ProblemError(
        'unknown-model',
        `There is no such model. Use ${MODEL_IDS.join(', ')}.`,
        {},
        'model',
      );
    response.json(modelObject(id));
  },
});
