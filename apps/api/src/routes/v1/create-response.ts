import { type Job, responseEventSchema, responseRequestSchema, responseSchema } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import type { StoredRun } from '@codegen/queue';
import { z } from 'zod';
import { Heartbeat } from '../../http/event-stream.ts';
import {
  coalescedHeader,
  idempotencyKeyHeader,
  maybeRetryAfterHeader,
  replayedHeader,
  simulatedHeader,
  submissionHeaders,
} from '../../http/job-headers.ts';
import { toRunOptions } from '../../http/job-options.ts';
import { defineRoute, type HandlerDeps } from '../../http/route.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect } from '../../http/waiting.ts';
import { callerIn } from '../../middleware/callers.ts';
import { ProblemError } from '../../problem.ts';
import { loadSubmitted, waitForResult } from '../../v1/job.ts';
import { answerOf } from '../../v1/markdown.ts';
import { parseBody } from '../../v1/request.ts';
import { jobIdOf, toResponse } from '../../v1/response-object.ts';
import { readInput } from '../../v1/response-request.ts';
import { streamResponse } from '../../v1/response-stream.ts';
import { SUBMISSION_PROBLEMS, submitChat } from '../../v1/submission.ts';

const headers = z.object({ ...submissionHeaders, ...replayedHeader, ...coalescedHeader, ...simulatedHeader });

export const createResponse = defineRoute({
  id: 'createResponse',
  method: 'post',
  path: '/v1/responses',
  tag: 'OpenAI',
  summary: 'Generate code for a client of OpenAI’s Responses API',
  description:
    'A response is a job: `resp_` and the id of the job is its id. A failed job is a response with an `error`. Fields ' +
    'that are not listed are ignored.',
  startsJob: true,
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
    504: { headers: headers.extend(maybeRetryAfterHeader) },
  },
  problems: [...SUBMISSION_PROBLEMS, 'unknown-job', 'job-not-finished', 'job-still-running'],
  handler(deps) {
    const streamDeps = { ...deps, heartbeat: new Heartbeat() };
    return async (request, response) => {
      const body = parseBody(responseRequestSchema, request.body);
      const onDisconnect = readOnDisconnect(request);
      const { model, metadata, reasoning, deadlineSeconds, maxCostUsd } = body;
      const { chat, referencedJob } = readInput(body);
      const caller = callerIn(response);
      const submitted = await submitChat(deps, request, response, {
        chat,
        previous: await findPrevious(deps, caller, body.previous_response_id, referencedJob),
        model,
        reasoningEffort: reasoning?.effort ?? null,
        metadata: metadata ?? {},
        options: toRunOptions({ deadlineSeconds, maxCostUsd }, []),
        onDisconnect,
        param: 'input',
      });
      const { id } = submitted;
      const remember = async (run: StoredRun) => {
        const job = toJob(deps, run) as Job;
        if (job.status === 'completed') await submitted.rememberAnswer(answerOf(job));
      };
      if (body.stream) {
        const run = await loadSubmitted(deps, id, response);
        return streamResponse(response, streamDeps, run, -1, onDisconnect, remember);
      }
      const run = body.background
        ? await loadSubmitted(deps, id, response)
        : await waitForResult(deps, id, onDisconnect, response);
      if (run === null) return;
      if (run.outcome !== null) await remember(run);
      response.json(toResponse(deps, run));
    };
  },
});

/** The run to continue: the one that the request names, else that of the last message it refers to. @throws ProblemError */
async function findPrevious(
  { runs }: Pick<HandlerDeps, 'runs'>,
  caller: string,
  responseId: string | null | undefined,
  referencedJob: string | null,
): Promise<StoredRun | null> {
  const id = responseId ? jobIdOf(responseId).toLowerCase() : referencedJob;
  const run = id === null ? null : await runs.load(id);
  if (run?.caller === caller && run.outcome !== null) return run;
  if (!responseId) return null;
  const param = 'previous_response_id';
  if (run?.caller === caller)
    throw new ProblemError(
      'job-not-finished',
      'Wait until that response has finished, or cancel it.',
      {},
      param,
    );
  throw new ProblemError(
    'unknown-job',
    'Check the id. The response never existed, or it has expired.',
    {},
    param,
  );
}
