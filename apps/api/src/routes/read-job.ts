import { jobSchema } from '@codegen/contract';
import { z } from 'zod';
import { findRun, jobPath, jobPathProblems, sendJob } from '../http/job.ts';
import { maybeRetryAfterHeader, simulatedHeader } from '../http/job-headers.ts';
import { parametersOf, readOnce } from '../http/query.ts';
import { defineRoute } from '../http/route.ts';
import { fieldsOf, rejectMisspelled } from '../http/unknown-fields.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect, waitFor } from '../http/waiting.ts';
import { ProblemError } from '../problem.ts';

const waitSchema = z.string().regex(/^\d{1,4}$/);

const queryParameters = z.object({
  wait: waitSchema.optional().describe('Seconds to wait for the job to finish'),
  ...onDisconnectQuery,
});

export const readJob = defineRoute({
  id: 'readJob',
  method: 'get',
  path: '/jobs/{id}',
  tag: 'Jobs',
  summary: 'Read a job',
  page: true,
  parameters: {
    path: jobPath,
    query: queryParameters,
    header: z.object(onDisconnectHeader),
  },
  responses: {
    200: {
      description: 'The job',
      body: jobSchema,
      headers: z.object({ ...simulatedHeader, ...maybeRetryAfterHeader }),
    },
  },
  problems: [...jobPathProblems, 'invalid-parameter'],
  handler: (deps) => async (request, response) => {
    const parameters = parametersOf(request.url);
    rejectMisspelled(parameters, fieldsOf(queryParameters));
    const wait = readWait(readOnce(parameters, 'wait'), deps.syncWaitSeconds);
    const onDisconnect = readOnDisconnect(request);
    const run = await findRun(deps.runs, request.params.id, response);
    if (run.outcome !== null || wait === 0) return sendJob(response, deps, run);
    const finished = await waitFor(run.id, wait, onDisconnect, response, deps);
    if (response.destroyed) return;
    // The run has changed during the wait, finished or not.
    sendJob(response, deps, finished ?? (await findRun(deps.runs, run.id, response)));
  },
});

function readWait(text: string | null, max: number): number {
  if (text === null) return 0;
  if (waitSchema.safeParse(text).success) return Math.min(Number(text), max);
  throw new ProblemError('invalid-parameter', 'Set wait to a whole number of seconds.');
}
