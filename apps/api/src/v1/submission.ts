import type { ModelId } from '@codegen/contract';
import { fromQuery } from '@codegen/pipeline';
import type { OnDisconnect, RequestedOptions, StoredRun } from '@codegen/queue';
import type { Request, Response } from 'express';
import { readIdempotencyKey } from '../http/job-headers.ts';
import { checkFiles } from '../http/job-options.ts';
import { checkText } from '../http/query.ts';
import type { HandlerDeps } from '../http/route.ts';
import { requireJob, setSubmissionHeaders } from '../http/submission.ts';
import { callerIn } from '../middleware/callers.ts';
import { requestTraceOf } from '../middleware/telemetry.ts';
import { type ChatTask, chatTaskOf } from './chat-task.ts';
import { type ChatContext, contextOf, digestOf, followUp, latestCode } from './context.ts';
import { type Chat, lastTurns, withoutMiddle } from './conversation.ts';
import { effortOf, routeOf } from './model.ts';

/** A request of a chat program, read from either form. */
export interface ChatSubmission {
  readonly chat: Chat;
  /** The run that the request names as the one to continue; null if the conversation may tell. */
  readonly previous: StoredRun | null;
  readonly model: ModelId;
  /** The reasoning effort that the request names. */
  readonly reasoningEffort: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: RequestedOptions;
  readonly onDisconnect: OnDisconnect;
  /** The field with the messages. */
  readonly param: string;
}

/** Problems of a request that starts no run. */
export const SUBMISSION_PROBLEMS = [
  'malformed-json',
  'unsupported-media-type',
  'malformed-idempotency-key',
  'invalid-parameter',
  'unknown-model',
  'conversation-too-long',
  'files-too-large',
  'idempotency-key-reused',
  'blank-query',
  'too-many-jobs',
  'overloaded',
  'spending-limit-reached',
  'intake-paused',
] as const;

export interface SubmittedChat {
  /** Id of the run. */
  readonly id: string;
  /** Remembers the run as the one that continues if the conversation goes on after this answer. Never rejects. */
  rememberAnswer(answer: string): Promise<void>;
}

type Deps = Pick<HandlerDeps, 'runs' | 'log' | 'maxQueryChars' | 'maxFilesBytes'>;

/**
 * Starts a run for the last message of a conversation, or joins the run of the same request in flight: OpenAI's SDKs
 * repeat requests without an idempotency key. Sets the headers of the job. @throws ProblemError if it starts none
 */
export async function submitChat(
  deps: Deps,
  request: Request,
  response: Response,
  submission: ChatSubmission,
): Promise<SubmittedChat> {
  const { chat, previous, model, reasoningEffort, metadata, options, onDisconnect } = submission;
  const caller = callerIn(response);
  const task = chatTaskOf(chat.request, chat.system, reasoningEffort);
  const context = task === null ? await chatContext(deps, caller, submission) : taskContext(deps, task, chat);
  const route = task === null ? routeOf(model, context.hasCode) : 'text';
  const effort = task === null ? effortOf(reasoningEffort, model) : null;
  const submitted = await deps.runs.submit(context.conversation, {
    caller,
    previousJobId: context.previousJobId,
    files: context.files,
    ...requestTraceOf(response),
    metadata,
    idempotencyKey: readIdempotencyKey(request),
    coalesce: true,
    options: { ...options, ...(route !== null && { route }), ...(effort !== null && { effort }) },
    onDisconnect,
  });
  // The run to continue was deleted since it was found.
  if (submitted.kind === 'no-predecessor' && previous === null)
    return submitChat(deps, request, response, submission);
  requireJob(submitted);
  setSubmissionHeaders(response, submitted);
  const { id } = submitted;
  return {
    id,
    async rememberAnswer(answer) {
      // A client that names the run to continue does not send the conversation.
      if (task !== null || previous !== null) return;
      const turns = [
        ...chat.earlier,
        ...fromQuery(chat.request),
        { role: 'assistant', content: answer } as const,
      ];
      await deps.runs
        .rememberAnswer(id, digestOf(caller, turns as typeof chat.earlier))
        .catch((error) => deps.log.warn({ err: error, run: id }, 'conversation not remembered'));
    },
  };
}

async function chatContext(
  { runs, maxQueryChars, maxFilesBytes }: Deps,
  caller: string,
  { chat, previous, param }: ChatSubmission,
): Promise<ChatContext> {
  const context = previous
    ? followUp(previous, chat, [], maxQueryChars)
    : await contextOf(runs, caller, chat, maxQueryChars);
  const text = context.conversation.at(-1)?.content ?? '';
  checkText('message', text, maxQueryChars, 'conversation-too-long', param);
  return { ...context, files: checkFiles(context.files, maxFilesBytes) };
}

/**
 * A request of a chat program for itself may quote a conversation of any length. A model is not asked for the code of a
 * conversation that it summarizes: the answer repeats the files.
 */
function taskContext({ maxQueryChars, maxFilesBytes }: Deps, task: ChatTask, chat: Chat): ChatContext {
  const { earlier, request } = chat;
  const files = task === 'summary' ? checkFiles(latestCode(chat), maxFilesBytes) : [];
  return {
    previousJobId: null,
    conversation: [...lastTurns(earlier, maxQueryChars), ...fromQuery(withoutMiddle(request, maxQueryChars))],
    files,
    hasCode: files.length > 0,
  };
}
