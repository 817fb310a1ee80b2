import type { Runs } from '@codegen/queue';
import { Router } from 'express';
import { ProblemError } from '../problem.ts';

/** `/healthz`: this process is alive. `/readyz`: a request sent now can be answered. */
export const healthRoutes = ({ runs }: { readonly runs: Pick<Runs, 'workers'> }) =>
  Router()
    .get('/healthz', (_request, response) => {
      response.set('Cache-Control', 'no-store').json({ status: 'alive' });
    })
    .get('/readyz', async (_request, response) => {
      const workers = await runs.workers();
      const lonely = Object.keys(workers).filter((queue) => workers[queue] === 0);
      if (lonely.length > 0) {
        const detail = `Start a worker for ${lonely.join(', ')}; requests are queued until one is there.`;
        throw new ProblemError('no-worker', detail, { 'Retry-After': '2' });
      }
      response.set('Cache-Control', 'no-store').json({ status: 'ready', workers });
    });
