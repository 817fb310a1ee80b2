import type { Graph } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import { Router } from 'express';
import { z } from 'zod';
import { isSimulated, jobResource } from '../job-resource.ts';
import { ProblemError } from '../problem.ts';

interface Deps {
  readonly runs: Pick<Runs, 'load'>;
  readonly graph: Graph;
}

const jobId = z.uuid();

export const jobRoutes = ({ runs, graph }: Deps) =>
  Router().get('/jobs/:id', async (request, response) => {
    const { id } = request.params;
    if (!jobId.safeParse(id).success) {
      throw new ProblemError(
        'malformed-job-id',
        'Use the id from the X-Job-Id header or the Location of a 202 answer.',
      );
    }
    const run = await runs.load(id.toLowerCase());
    if (run === null) throw new ProblemError('unknown-job', 'It never was, or its retention time is over.');
    if (isSimulated(run)) response.set('X-Simulated', 'true');
    if (run.settled === null) response.set('Retry-After', '1');
    response.set('Cache-Control', 'no-store').json(jobResource(graph, run));
  });
