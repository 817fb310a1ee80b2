import { fromQuery, type Run } from '@codegen/pipeline';
import type { Runs } from '@codegen/queue';
import { type Response, Router } from 'express';
import { isSimulated, problemOf } from '../job-resource.ts';
import { type Preference, parsePrefer } from '../prefer.ts';
import { describe, sendProblem } from '../problem.ts';
import { readQuery } from '../query.ts';

export interface GenerateDeps {
  readonly runs: Pick<Runs, 'create' | 'load' | 'settled'>;
  /** Longest wait for a result, in seconds. */
  readonly syncWaitSeconds: number;
  readonly maxQueryChars: number;
  /** Aborts when the server is to stop: who still waits is sent to the job. */
  readonly draining: AbortSignal;
}

export const generateRoutes = (deps: GenerateDeps) =>
  Router().get('/generate', async (request, response) => {
    const preference = parsePrefer(request.get('Prefer'));
    const query = readQuery(request.originalUrl, deps.maxQueryChars);
    const id = await deps.runs.create(fromQuery(query));

    response.set({ 'X-Job-Id': id, Link: `</jobs/${id}>; rel="status"`, 'Cache-Control': 'no-store' });
    const seconds = waitSeconds(preference, deps.syncWaitSeconds);
    const settled = seconds > 0 && (await waitFor(id, seconds, response, deps));
    if (response.destroyed) return;
    // The run is accepted: if Redis is away just now, its result waits at the job.
    const run = settled ? await deps.runs.load(id).catch(() => null) : null;
    if (run?.settled) return sendResult(response, run, run.settled);
    sendAccepted(response, id, preference, seconds);
  });

function waitSeconds({ respondAsync, wait }: Preference, most: number): number {
  return Math.min(wait ?? (respondAsync ? 0 : most), most);
}

/** True when the run is settled; false when time is up, the client is gone or the server stops. */
async function waitFor(id: string, seconds: number, response: Response, { runs, draining }: GenerateDeps) {
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, seconds * 1_000);
  response.once('close', abort);
  draining.addEventListener('abort', abort);
  if (draining.aborted || response.destroyed) abort();
  try {
    return await runs.settled(id, stop.signal);
  } finally {
    clearTimeout(timer);
    response.off('close', abort);
    draining.removeEventListener('abort', abort);
  }
}

function sendResult(response: Response, run: Run, settled: NonNullable<Run['settled']>) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (settled.status === 'completed') response.json(settled.response);
  else if (settled.status === 'failed') sendProblem(response, problemOf(settled));
  else
    sendProblem(response, describe('job-cancelled', 'Send the request again if the code is still wanted.'));
}

function sendAccepted(response: Response, id: string, { respondAsync, wait }: Preference, seconds: number) {
  const applied = [respondAsync && 'respond-async', wait !== null && `wait=${seconds}`].filter(Boolean);
  if (applied.length > 0) response.set('Preference-Applied', applied.join(', '));
  response
    .status(202)
    .set({ Location: `/jobs/${id}`, 'Retry-After': '2' })
    .json({ id, status: 'accepted', job: `/jobs/${id}` });
}
