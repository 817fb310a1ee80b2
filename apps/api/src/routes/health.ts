import type { Runs } from '@codegen/queue';
import { Router } from 'express';
import { ProblemError } from '../problem.ts';

/** `/healthz`: this process is alive. `/readyz`: a request sent now can be answered. */
export const healthRoutes = ({ runs }: { readonly runs: Pick<Runs, 'workers'> }) =>
  Router()
    .get('/healthz', (_request, response) => {
      response.json({ status: 'alive' });
    })
    .get('/readyz', async (_request, response) => {
      const workers = await runs.workers();
      if (workers === 0) {
        throw new ProblemError('no-worker', 'Start a worker; requests are queued until one is there.', {
          'Retry-After': '2',
        });
      }
      response.json({ status: 'ready', workers });
    });
