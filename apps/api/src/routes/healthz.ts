import { z } from 'zod';
import { defineRoute } from '../http/route.ts';

export const isAlive = defineRoute({
  id: 'isAlive',
  method: 'get',
  path: '/healthz',
  tag: 'Service',
  summary: 'Whether the process is alive',
  open: true,
  head: true,
  responses: { 200: { description: 'The process is alive', body: z.object({ status: z.literal('alive') }) } },
  problems: [],
  handler: () => (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'alive' });
  },
});
