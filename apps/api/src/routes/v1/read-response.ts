import { responseEventSchema, responseSchema } from '@codegen/contract';
import { z } from 'zod';
import { Heartbeat } from '../../http/event-stream.ts';
import { jobPathProblems } from '../../http/job.ts';
import { parametersOf, readFlag, readOnce } from '../../http/query.ts';
import { defineRoute } from '../../http/route.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect } from '../../http/waiting.ts';
import { ProblemError } from '../../problem.ts';
import { toResponse } from '../../v1/response-object.ts';
import { findResponse, responsePath } from '../../v1/response-request.ts';
import { streamResponse } from '../../v1/response-stream.ts';

const numberSchema = z.string().regex(/^\d{1,15}$/);

export const readResponse = defineRoute({
  id: 'readResponse',
  method: 'get',
  path: '/v1/responses/{responseId}',
  streams: true,
  tag: 'OpenAI',
  summary: 'Read or follow a response',
  parameters: {
    path: responsePath,
    query: z.object({
      stream: z.enum(['true', 'false']).optional().describe('`true` streams the events of the response'),
      starting_after: numberSchema
        .optional()
        .describe('Continue after the event with this `sequence_number`'),
      ...onDisconnectQuery,
    }),
    header: z.object(onDisconnectHeader),
  },
  responses: {
    200: {
      description: 'The response; with `stream` its events',
      body: responseSchema,
      events: responseEventSchema,
      headers: z.object({ 'X-Accel-Buffering': z.literal('no').optional() }),
    },
  },
  problems: [...jobPathProblems, 'invalid-parameter'],
  handler(deps) {
    const streamDeps = { ...deps, heartbeat: new Heartbeat() };
    return async (request, response) => {
      const parameters = parametersOf(request.url);
      const isStream = readFlag(parameters, 'stream', false);
      const after = readNumber(readOnce(parameters, 'starting_after'));
      const onDisconnect = readOnDisconnect(request);
      const run = await findResponse(deps, request.params.responseId, response);
      if (isStream) return streamResponse(response, streamDeps, run, after, onDisconnect);
      response.set('Cache-Control', 'no-store').json(toResponse(deps, run));
    };
  },
});

/** -1 without a number. */
function readNumber(text: string | null): number {
  if (text === null) return -1;
  if (numberSchema.safeParse(text).success) return Number(text);
  const detail = 'Set starting_after to the sequence_number of the last event you received.';
  throw new ProblemError('invalid-parameter', detail, {}, 'starting_after');
}
