import { aliveSchema } from '@codegen/contract';
import { defineRoute } from '../http/route.ts';

export const isAlive = defineRoute({
  id: 'isAlive',
  method: 'get',
  path: '/healthz',
  tag: 'Service',
  summary: 'Whether the process is alive',
  open: true,
  responses: { 200: { description: 'The process is alive', body: aliveSchema } },
  problems: [],
  handler: () => (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'alive' });
  },
});
