import type { Graph } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import { Router } from 'express';
import { findRun } from '../job-id.ts';
import { isSimulated, jobResource } from '../job-resource.ts';

interface Deps {
  readonly runs: Pick<Runs, 'load'>;
  readonly graph: Graph;
}

export const jobRoutes = ({ runs, graph }: Deps) =>
  Router().get('/jobs/:id', async (request, response) => {
    const run = await findRun(runs, request.params.id);
    if (isSimulated(run)) response.set('X-Simulated', 'true');
    if (run.settled === null) response.set('Retry-After', '1');
    response.set('Cache-Control', 'no-store').json(jobResource(graph, run));
  });
