import { readySchema } from '@codegen/contract';
import { adviceOn, QueueUnavailable, warningsOf } from '@codegen/queue';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const isReady = defineRoute({
  id: 'isReady',
  method: 'get',
  path: '/readyz',
  tag: 'Service',
  summary: 'Whether the service can process requests',
  open: true,
  responses: {
    200: {
      description: 'Redis accepts writes and every queue has a worker',
      body: readySchema,
    },
  },
  problems: ['queue-unavailable', 'no-worker'],
  handler:
    ({ runs }) =>
    async (_request, response) => {
      // Before the workers are counted: their heartbeats are writes, too.
      const diagnosis = await runs.diagnose().catch((error: unknown) => {
        if (!(error instanceof QueueUnavailable)) throw error;
        throw new ProblemError('queue-unavailable', adviceOn(error.cause), { 'Retry-After': '2' });
      });
      const workers = await runs.workers();
      const unserved = Object.keys(workers).filter((queue) => workers[queue] === 0);
      if (unserved.length > 0) {
        const detail = `Start a worker for ${unserved.join(', ')}. Until then requests are queued.`;
        throw new ProblemError('no-worker', detail, { 'Retry-After': '2' });
      }
      response
        .set('Cache-Control', 'no-store')
        .json({ status: 'ready', workers, warnings: warningsOf(diagnosis) });
    },
});
