import { once } from 'node:events';
import type { EventData, JobFields } from '@codegen/contract';
import { type JobView, toJob } from '@codegen/contract/to-job';
import type { ClientLease, LoggedEvent, Runs } from '@codegen/queue';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { Drain } from '../drain.ts';
import { Heartbeat } from '../heartbeat.ts';
import { findRun } from '../job-id.ts';
import { readOnDisconnect } from '../on-disconnect.ts';
import { parametersOf, readOnce } from '../parameters.ts';
import { ProblemError } from '../problem.ts';
import { SharedReads } from '../shared-reads.ts';

interface Given extends JobView {
  readonly runs: Pick<Runs, 'load' | 'follow' | 'registerClient'>;
  readonly drain: Drain;
  readonly log: Logger;
}

interface Deps extends Given {
  readonly heartbeat: Heartbeat;
  /** Whole jobs, in JSON: thousands may follow one to its end, which comes for all of them at once. */
  readonly jobs: SharedReads<string>;
}

/** What happens to a job, as server-sent events: from the beginning, or from where a client left off. */
export const eventRoutes = (given: Given) => {
  const read = async (id: string) => {
    const run = await given.runs.load(id);
    const job: JobFields | null = run && toJob(given, run);
    return JSON.stringify(job);
  };
  const deps: Deps = { ...given, heartbeat: new Heartbeat(), jobs: new SharedReads(read) };
  return Router().get('/jobs/:id/events', async (request, response) => {
    const after = readCursor(request);
    const onDisconnect = readOnDisconnect(request);
    const { id, outcome, lastEvent } = await findRun(deps.runs, request.params.id, response);
    // The way to tell a browser that there is nothing more to come back for.
    if (outcome !== null && after === lastEvent) return void response.status(204).end();
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    await stream(response, deps, id, after, deps.runs.registerClient(id, onDisconnect));
  });
};

async function stream(response: Response, deps: Deps, id: string, after: number, client: ClientLease) {
  const { runs, drain, log, heartbeat, jobs } = deps;
  const gone = new AbortController();
  const abort = () => gone.abort();
  response.once('close', abort);
  const stay = drain.onBegin(abort);
  const silence = heartbeat.keepAlive(response);
  try {
    for await (const told of runs.follow(id, after, gone.signal)) {
      const frame = await frameOf(told, () => jobs.get(id));
      // A slow reader is waited for: what it has not read stays in Redis.
      if (told.event?.type === 'job.finished') client.release('finished');
      if (!response.write(frame)) await once(response, 'drain', { signal: gone.signal });
    }
  } catch (error) {
    // The reader has left in the middle of a frame, or its job could not be read: it connects again and goes on after
    // the last id it has.
    if (!gone.signal.aborted) log.warn({ err: error, run: id }, 'event stream broken');
  } finally {
    // Also if it is this process that leaves: the reader comes back to another one.
    client.release('disconnected');
    silence();
    stay();
    response.end();
  }
}

/** JSON has no line ends, so nothing a model or a user wrote can end a frame. */
async function frameOf({ sequence, event, costSoFar }: LoggedEvent, job: () => Promise<string>) {
  const type = event?.type ?? 'snapshot';
  const data: Omit<EventData, 'job'> = { ...event, costSoFar };
  const isWhole = type === 'snapshot' || type === 'job.finished';
  const end = isWhole ? `,"job":${await job()}}` : '}';
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(data).slice(0, -1)}${end}\n\n`;
}

/** `Last-Event-ID`, which browsers send by themselves, before `after`, which was in the URL from the start. */
function readCursor(request: Request): number {
  const after = readOnce(parametersOf(request.url), 'after');
  const given = request.get('Last-Event-ID') ?? after ?? '0';
  if (!/^\d{1,15}$/.test(given)) {
    throw new ProblemError(
      'malformed-cursor',
      'Use the id of the last event you have, or leave it out to begin at the start.',
    );
  }
  return Number(given);
}
