import { setTimeout } from 'node:timers';
import type { RunEvent } from '@codegen/pipeline';
import type { OnDisconnect, Runs, StoredRun } from '@codegen/queue';
import type { ServerContext } from '@modelcontextprotocol/server';
import type { Shutdown } from '../http/waiting.ts';
import { ProblemError } from '../problem.ts';

/** Longest wait for a job in seconds. Clients commonly abort a call after 60 s. */
export const MAX_WAIT_SECONDS = 45;

interface WaitDeps {
  readonly runs: Pick<Runs, 'registerClient' | 'follow' | 'load'>;
  readonly shutdown: Shutdown;
}

/**
 * Waits for a run to finish and reports its stages as progress. @returns the run, which may not have finished
 * @throws ProblemError if the run is gone
 */
export async function waitForRun(
  { runs, shutdown }: WaitDeps,
  id: string,
  seconds: number,
  onDisconnect: OnDisconnect,
  { mcpReq }: ServerContext,
): Promise<StoredRun> {
  const client = runs.registerClient(id, onDisconnect);
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, seconds * 1_000);
  mcpReq.signal.addEventListener('abort', abort);
  if (mcpReq.signal.aborted) abort();
  const unsubscribe = shutdown.subscribe(abort);
  const report = progressReporter(mcpReq);
  let isFinished = false;
  try {
    for await (const { event } of runs.follow(id, 0, stop.signal)) {
      isFinished ||= event?.type === 'job.finished';
      if (event !== null) await report(event);
    }
  } finally {
    client.release(isFinished ? 'finished' : mcpReq.signal.aborted ? 'disconnected' : 'answered');
    clearTimeout(timer);
    mcpReq.signal.removeEventListener('abort', abort);
    unsubscribe();
  }
  const run = await runs.load(id);
  if (run !== null) return run;
  throw new ProblemError('unknown-job', 'The job was deleted, or lost by Redis. Send the request again.');
}

/** Sends a progress notification for each start and end of a stage, if the client asked for progress. */
function progressReporter({ _meta, notify, signal }: ServerContext['mcpReq']) {
  const progressToken = _meta?.progressToken;
  let progress = 0;
  return async (event: RunEvent) => {
    const message = messageOf(event);
    if (progressToken === undefined || message === null || signal.aborted) return;
    progress += 1;
    // A client that has disconnected gets nothing more; `signal` ends the wait.
    await notify({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(
      () => {},
    );
  };
}

function messageOf(event: RunEvent): string | null {
  switch (event.type) {
    case 'stage.started':
      return event.attempt > 1 ? `${event.stage}: attempt ${event.attempt}` : `${event.stage}: started`;
    case 'stage.completed':
    case 'stage.degraded':
    case 'stage.retrying':
      return `${event.stage}: ${event.type.slice('stage.'.length)}`;
    case 'job.routed':
      return `route: ${event.route}`;
    default:
      return null;
  }
}
