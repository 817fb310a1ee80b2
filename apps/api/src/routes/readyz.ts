import { readySchema } from '@codegen/contract';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const isReady = defineRoute({
  id: 'isReady',
  method: 'get',
  path: '/readyz',
  tag: 'Service',
  summary: 'Whether the service can process requests',
  open: true,
  head: true,
  responses: {
    200: {
      description: 'Redis is available and every queue has a worker',
      body: readySchema,
    },
  },
  problems: ['queue-unavailable', 'no-worker'],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      const workers = await runs.workers();
      const unserved = Object.keys(workers).filter((queue) => workers[queue] === 0);
      if (unserved.length > 0) {
        const detail = `Start a worker for ${unserved.join(', ')}. Until then requests are queued.`;
        throw new ProblemError('no-worker', detail, { 'Retry-After': '2' });
      }
      response.set('Cache-Control', 'no-store').json({ status: 'ready', workers });
    },
});
