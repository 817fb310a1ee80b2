import type { Accepted } from '@codegen/contract';
import { isSimulated, toProblem, toProvisional } from '@codegen/contract/to-job';
import { fromQuery, type Graph, type Outcome, type Run } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import { type Response, Router } from 'express';
import { runAfterWait } from '../after-wait.ts';
import { askedBy } from '../authenticate.ts';
import { readIdempotencyKey, tellSubmission } from '../idempotency-key.ts';
import { readOnDisconnect } from '../on-disconnect.ts';
import { parametersOf, readFlag } from '../parameters.ts';
import { parsePrefer } from '../prefer.ts';
import { describe, sendProblem } from '../problem.ts';
import { readQuery } from '../query.ts';
import { readTermParameters } from '../terms.ts';
import { acceptedHeaders, type WaitDeps, waitFor, waitSeconds } from '../wait.ts';

export interface GenerateDeps extends WaitDeps {
  readonly runs: Pick<Runs, 'submit' | 'load' | 'finished' | 'registerClient'>;
  readonly graph: Graph;
  readonly maxQueryChars: number;
}

export const generateRoutes = (deps: GenerateDeps) =>
  Router().get('/generate', async (request, response) => {
    const preference = parsePrefer(request.get('Prefer'));
    const query = readQuery(request.originalUrl, deps.maxQueryChars);
    const idempotencyKey = readIdempotencyKey(request);
    const parameters = parametersOf(request.originalUrl);
    // A GET repeated by a proxy or an impatient client joins the run that is under way.
    const coalesce = readFlag(parameters, 'coalesce', true) && idempotencyKey === null;
    const options = readTermParameters(parameters);
    const onDisconnect = readOnDisconnect(request);
    const about = { caller: askedBy(response), idempotencyKey, coalesce, options, onDisconnect };
    const submission = await deps.runs.submit(fromQuery(query), about);
    tellSubmission(response, submission);

    const { id } = submission;
    const seconds = waitSeconds(preference, deps.syncWaitSeconds, deps.syncWaitSeconds);
    const isFinished = await waitFor(id, seconds, onDisconnect, response, deps);
    if (response.destroyed) return;
    const run = isFinished || seconds > 0 ? await runAfterWait(deps.runs, id, response) : undefined;
    if (run?.outcome) return sendResult(response, run, run.outcome);
    const provisional = run && toProvisional(deps.graph, run);
    response
      .status(202)
      .set(acceptedHeaders(id, preference, seconds))
      .json({
        id,
        status: 'accepted',
        job: `/jobs/${id}`,
        ...(provisional && { provisional }),
      } satisfies Accepted);
  });

function sendResult(response: Response, run: Run, outcome: Outcome) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (outcome.status === 'completed') response.json(outcome.response);
  else if (outcome.status === 'failed') sendProblem(response, toProblem(outcome));
  else
    sendProblem(response, describe('job-cancelled', 'Send the request again if the code is still wanted.'));
}
