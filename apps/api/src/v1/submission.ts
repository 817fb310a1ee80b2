import type { ModelId } from '@codegen/contract';
import type { Conversation } from '@codegen/pipeline';
import type { OnDisconnect, RequestedOptions } from '@codegen/queue';
import type { Request, Response } from 'express';
import { readIdempotencyKey, setSubmissionHeaders } from '../http/job-headers.ts';
import { checkText } from '../http/query.ts';
import type { HandlerDeps } from '../http/route.ts';
import { requestIdIn } from '../middleware/access-log.ts';
import { callerIn } from '../middleware/callers.ts';
import { isChatTask } from './chat-task.ts';
import { type Chat, lastTurns, withoutMiddle } from './conversation.ts';
import { ROUTES_OF_MODELS } from './model.ts';

/** A request of a chat program, read from either form. */
export interface ChatSubmission {
  readonly chat: Chat;
  readonly model: ModelId;
  /** Reasoning effort. */
  readonly effort: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: RequestedOptions;
  readonly onDisconnect: OnDisconnect;
  /** The field with the messages. */
  readonly param: string;
}

/**
 * Starts a run for the last message of a conversation, or joins the run of the same request in flight: OpenAI's SDKs
 * repeat requests without an idempotency key. Sets the headers of the job. @throws ProblemError if it starts none
 * @returns the id of the run
 */
export async function submitChat(
  { runs, maxQueryChars }: Pick<HandlerDeps, 'runs' | 'maxQueryChars'>,
  request: Request,
  response: Response,
  { chat, model, effort, metadata, options, onDisconnect, param }: ChatSubmission,
): Promise<string> {
  const isTask = isChatTask(chat.request, chat.system, effort);
  if (!isTask) checkText('message', chat.request, maxQueryChars, 'conversation-too-long', param);
  const route = isTask ? 'text' : ROUTES_OF_MODELS[model];
  const system = withoutMiddle(chat.system, maxQueryChars);
  const conversation: Conversation = [
    ...(system === '' ? [] : [{ role: 'system', content: system } as const]),
    ...lastTurns(chat.earlier, maxQueryChars),
    { role: 'user', content: withoutMiddle(chat.request, maxQueryChars) },
  ];
  const submission = await runs.submit(conversation, {
    caller: callerIn(response),
    requestId: requestIdIn(response),
    metadata,
    idempotencyKey: readIdempotencyKey(request),
    coalesce: true,
    options: { ...options, ...(route !== null && { route }) },
    onDisconnect,
  });
  setSubmissionHeaders(response, submission);
  return submission.id;
}
