import { responseEventSchema, responseRequestSchema, responseSchema } from '@codegen/contract';
import { z } from 'zod';
import { Heartbeat } from '../../http/event-stream.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect } from '../../http/job.ts';
import {
  coalesced,
  idempotencyKeyHeader,
  maybeRetryAfter,
  replayed,
  simulated,
  submitted,
} from '../../http/job-headers.ts';
import { toRunOptions } from '../../http/job-options.ts';
import { defineRoute } from '../../http/route.ts';
import { loadSubmitted, waitForResult } from '../../v1/job.ts';
import { parseBody } from '../../v1/request.ts';
import { toResponse } from '../../v1/response-object.ts';
import { readInput } from '../../v1/response-request.ts';
import { streamResponse } from '../../v1/response-stream.ts';
import { submitChat } from '../../v1/submission.ts';

const headers = z.object({ ...submitted, ...replayed, ...coalesced, ...simulated });

export const createResponse = defineRoute({
  id: 'createResponse',
  method: 'post',
  path: '/v1/responses',
  tag: 'OpenAI',
  summary: 'Generate code for a client of OpenAI’s Responses API',
  description:
    'A response is a job: `resp_` and the id of the job is its id. A failed job is a response with an `error`. Fields ' +
    'that are not listed are ignored.',
  counted: true,
  parameters: {
    query: z.object(onDisconnectQuery),
    header: z.object({ ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  body: responseRequestSchema,
  responses: {
    200: {
      description: 'The response, finished unless `background` is set; with `stream` its events',
      body: responseSchema,
      events: responseEventSchema,
      headers: headers.extend({ 'X-Accel-Buffering': z.literal('no').optional() }),
    },
    504: { headers: headers.extend(maybeRetryAfter) },
  },
  problems: [
    'malformed-json',
    'unsupported-media-type',
    'malformed-idempotency-key',
    'invalid-parameter',
    'unknown-model',
    'conversation-too-long',
    'idempotency-key-reused',
    'blank-query',
    'too-many-jobs',
    'overloaded',
    'job-still-running',
  ],
  handler(deps) {
    const streamDeps = { ...deps, heartbeat: new Heartbeat() };
    return async (request, response) => {
      const body = parseBody(responseRequestSchema, request.body);
      const onDisconnect = readOnDisconnect(request);
      const { model, metadata, reasoning, deadlineSeconds, maxCostUsd } = body;
      const { chat } = readInput(body);
      const id = await submitChat(deps, request, response, {
        chat,
        model,
        effort: reasoning?.effort ?? null,
        metadata: metadata ?? {},
        options: toRunOptions({ deadlineSeconds, maxCostUsd }, []),
        onDisconnect,
        param: 'input',
      });
      if (body.stream)
        return streamResponse(
          response,
          streamDeps,
          await loadSubmitted(deps, id, response),
          -1,
          onDisconnect,
        );
      const run = body.background
        ? await loadSubmitted(deps, id, response)
        : await waitForResult(deps, id, onDisconnect, response);
      if (run !== null) response.json(toResponse(deps, run));
    };
  },
});
