import { eventSchema } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import type { Request } from 'express';
import { z } from 'zod';
import { frameOf, Heartbeat, SharedReads, startEventStream } from '../http/event-stream.ts';
import { findRun, jobPath, jobPathProblems } from '../http/job.ts';
import { parametersOf, readOnce } from '../http/query.ts';
import { defineRoute } from '../http/route.ts';
import { streamRun } from '../http/run-stream.ts';
import { fieldsOf, rejectMisspelled } from '../http/unknown-fields.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect } from '../http/waiting.ts';
import { ProblemError } from '../problem.ts';

const sequence = z.string().regex(/^\d{1,15}$/);

const queryParameters = z.object({
  after: sequence.optional().describe('Continue after this event; 0 is the beginning'),
  ...onDisconnectQuery,
});

export const followJob = defineRoute({
  id: 'followJob',
  method: 'get',
  path: '/jobs/{id}/events',
  streams: true,
  tag: 'Jobs',
  summary: 'Follow a job',
  description:
    'Server-sent events. `id` numbers the events of the job without gaps, `event` is the type, `data` is JSON of the ' +
    'schema below. The last event is `job.finished` with the whole job. A comment is sent every 15 seconds.',
  parameters: {
    path: jobPath,
    query: queryParameters,
    header: z.object({
      ...onDisconnectHeader,
      'Last-Event-ID': sequence
        .optional()
        .describe('Overrides `after`; browsers send it when they reconnect'),
    }),
  },
  responses: {
    200: {
      description: 'The events; the schema describes the `data` of each',
      body: eventSchema,
      mediaType: 'text/event-stream',
      headers: z.object({ 'X-Accel-Buffering': z.literal('no') }),
    },
    204: { description: 'The job has finished and the client has every event' },
  },
  problems: [...jobPathProblems, 'malformed-cursor', 'invalid-parameter'],
  handler(deps) {
    const streamDeps = { ...deps, heartbeat: new Heartbeat() };
    // Thousands of streams of one job need it at the same time, when it finishes.
    const jobs = new SharedReads(async (id) => {
      const run = await deps.runs.load(id);
      return JSON.stringify(run && toJob(deps, run));
    });
    return async (request, response) => {
      const after = readCursor(request);
      const onDisconnect = readOnDisconnect(request);
      const { id, outcome, lastEvent } = await findRun(deps.runs, request.params.id, response);
      // A browser's EventSource reconnects unless it gets a 204.
      if (outcome !== null && after === lastEvent) return void response.status(204).end();
      startEventStream(response);
      const client = deps.runs.registerClient(id, onDisconnect);
      // A client whose stream ends early reconnects with the id of the last event it received.
      await streamRun(response, streamDeps, { id, after, client }, async (event) => [
        await frameOf(event, () => jobs.get(id)),
      ]);
    };
  },
});

/** `Last-Event-ID`, which browsers set on reconnecting, overrides `after`. @throws ProblemError */
function readCursor(request: Request): number {
  const parameters = parametersOf(request.url);
  rejectMisspelled(parameters, fieldsOf(queryParameters));
  const after = readOnce(parameters, 'after');
  const cursor = request.get('Last-Event-ID') ?? after ?? '0';
  if (!sequence.safeParse(cursor).success) {
    throw new ProblemError(
      'malformed-cursor',
      'Use the id of the last event you received, or omit it to get all events.',
    );
  }
  return Number(cursor);
}
