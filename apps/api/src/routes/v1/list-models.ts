import { MODEL_IDS, modelListSchema } from '@codegen/contract';
import { defineRoute } from '../../http/route.ts';
import { modelObject } from '../../v1/model.ts';

export const listModels = defineRoute({
  id: 'listModels',
  method: 'get',
  path: '/v1/models',
  tag: 'OpenAI',
  summary: 'The models for OpenAI’s clients',
  offline: true,
  responses: { 200: { description: 'All models', body: modelListSchema } },
  problems: [],
  handler: () => (_request, response) => {
    response.json({ object: 'list', data: MODEL_IDS.map(modelObject) });
  },
});
