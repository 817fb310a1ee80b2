import { z } from 'zod';
import { defineRoute } from '../http/route.ts';

export const openApi = defineRoute({
  id: 'openApi',
  method: 'get',
  path: '/openapi.json',
  tag: 'Service',
  summary: 'This document',
  open: true,
  responses: {
    200: {
      description: 'OpenAPI 3.1',
      body: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
    },
  },
  problems: [],
  handler: (deps) => (_request, response) => {
    response.type('application/json').send(deps.openApi);
  },
});
