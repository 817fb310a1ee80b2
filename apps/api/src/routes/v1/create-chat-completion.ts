import {
  type ChatRequest,
  chatChunkSchema,
  chatCompletionSchema,
  chatRequestSchema,
  JOB_PROBLEMS,
  openAiErrorSchemaOf,
  toOpenAiError,
} from '@codegen/contract';
import type { ClientLease, StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { z } from 'zod';
import { Heartbeat, startEventStream } from '../../http/event-stream.ts';
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
import { streamRun } from '../../http/run-stream.ts';
import { onDisconnectHeader, onDisconnectQuery, readOnDisconnect } from '../../http/waiting.ts';
import { ProblemError } from '../../problem.ts';
import {
  deltaChunk,
  type Envelope,
  endChunks,
  envelopeOf,
  progressChunk,
  toChatCompletion,
} from '../../v1/completion.ts';
import { readChat } from '../../v1/conversation.ts';
import { completedJob, interruption, waitForResult } from '../../v1/job.ts';
import { answerOf } from '../../v1/markdown.ts';
import { progressOf } from '../../v1/progress.ts';
import { parseBody } from '../../v1/request.ts';
import { SUBMISSION_PROBLEMS, type SubmittedChat, submitChat } from '../../v1/submission.ts';

const headers = z.object({ ...submissionHeaders, ...replayedHeader, ...coalescedHeader, ...simulatedHeader });

/** Why an accepted request has no result. */
const NO_RESULT = [...JOB_PROBLEMS, 'job-cancelled', 'job-still-running'] as const;

export const createChatCompletion = defineRoute({
  id: 'createChatCompletion',
  method: 'post',
  path: '/v1/chat/completions',
  tag: 'OpenAI',
  summary: 'Generate code for an OpenAI client',
  description:
    'The answer to the last message is Markdown with a fenced block per file, or a question. A stream begins at once ' +
    'and reports the progress of the job as reasoning. The same request in flight is joined. Fields that are not listed, ' +
    'such as `temperature`, `max_tokens` and `stop`, are ignored.',
  startsJob: true,
  parameters: {
    query: z.object(onDisconnectQuery),
    header: z.object({ ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  body: chatRequestSchema,
  responses: {
    200: {
      description: 'The answer; with `stream` its pieces, and `[DONE]` at the end',
      body: chatCompletionSchema,
      events: z.union([chatChunkSchema, openAiErrorSchemaOf([...NO_RESULT, 'queue-unavailable'])]),
      headers: headers.extend({ 'X-Accel-Buffering': z.literal('no').optional() }),
    },
    // Only the budget is that of a job.
    402: { headers: headers.partial() },
    409: { headers },
    502: { headers },
    504: { headers: headers.extend(maybeRetryAfterHeader) },
  },
  problems: [...SUBMISSION_PROBLEMS, ...NO_RESULT],
  handler(deps) {
    const heartbeat = new Heartbeat();
    return async (request, response) => {
      const body = parseBody(chatRequestSchema, request.body);
      const onDisconnect = readOnDisconnect(request);
      const { model, metadata, reasoning_effort: reasoningEffort = null, deadlineSeconds, maxCostUsd } = body;
      const submitted = await submitChat(deps, request, response, {
        chat: readChat(body.messages),
        previous: null,
        model,
        reasoningEffort,
        metadata: metadata ?? {},
        options: toRunOptions({ deadlineSeconds, maxCostUsd }, []),
        onDisconnect,
        param: 'messages',
      });
      const { id } = submitted;
      if (body.stream) {
        const client = deps.runs.registerClient(id, onDisconnect);
        const envelope = envelopeOf(id, Date.now(), model);
        return stream(response, { ...deps, heartbeat }, envelope, body, submitted, client);
      }
      const run = await waitForResult(deps, id, onDisconnect, response);
      if (run === null) return;
      const envelope = envelopeOf(id, run.createdAt, model);
      const job = completedJob(deps, run);
      await submitted.rememberAnswer(answerOf(job));
      response.json(toChatCompletion(envelope, job));
    };
  },
});

type StreamDeps = Parameters<typeof streamRun>[1] & HandlerDeps;

async function stream(
  response: Response,
  deps: StreamDeps,
  envelope: Envelope,
  { stream_options: options }: ChatRequest,
  { id, rememberAnswer }: SubmittedChat,
  client: ClientLease,
) {
  startEventStream(response);
  response.write(frameOf(deltaChunk(envelope, { role: 'assistant', content: '' })));
  const end = async (run: StoredRun | null): Promise<string[]> => {
    try {
      if (run === null)
        throw new ProblemError('job-cancelled', 'The job was deleted. Send the request again.');
      const job = completedJob(deps, run);
      await rememberAnswer(answerOf(job));
      const chunks = endChunks(envelope, job, options?.include_usage === true);
      return [...chunks.map(frameOf), 'data: [DONE]\n\n'];
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return [errorFrame(error)];
    }
  };
  await streamRun(
    response,
    deps,
    { id, after: 0, client },
    async ({ event }) => {
      if (event?.type === 'job.finished') return end(await deps.runs.load(id));
      const line = event && progressOf(event);
      return line ? [frameOf(progressChunk(envelope, line))] : [];
    },
    (isGone) => errorFrame(interruption(isGone)),
  );
}

const frameOf = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
const errorFrame = ({ problem }: ProblemError): string => frameOf(toOpenAiError(problem));
