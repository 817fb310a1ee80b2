import { type ChatMessage, type InputItem, type ResponseRequest, responseIdSchema } from '@codegen/contract';
import type { StoredRun } from '@codegen/queue';
import type { Response } from 'express';
import { z } from 'zod';
import { findRun } from '../http/job.ts';
import type { HandlerDeps } from '../http/route.ts';
import { type Chat, readChat } from './conversation.ts';
import { jobIdOf } from './response-object.ts';

/** Path parameters of `/v1/responses/{responseId}`. */
export const responsePath = z.object({ responseId: responseIdSchema });

/** The run of a response. @throws ProblemError if it does not exist or belongs to another caller */
export const findResponse = (
  { runs }: Pick<HandlerDeps, 'runs'>,
  responseId: string,
  response: Response,
): Promise<StoredRun> => findRun(runs, jobIdOf(responseId), response);

/** What a request for a response asks for. */
export interface ResponseInput {
  readonly chat: Chat;
  /** The job of the message that the last reference names; null without one. */
  readonly referencedJob: string | null;
}

const isMessage = (item: InputItem): item is ChatMessage =>
  'role' in item && item.role !== undefined && item.type !== 'item_reference';

/** Reads the messages of a request. Items of other kinds are ignored. @throws ProblemError */
export function readInput({
  input,
  instructions,
}: Pick<ResponseRequest, 'input' | 'instructions'>): ResponseInput {
  const items: readonly InputItem[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const messages = items.filter(isMessage);
  const references = items.flatMap((item) => {
    const [, job] = 'id' in item ? (/^msg_([0-9a-f-]{36})$/.exec(String(item.id)) ?? []) : [];
    return item.type === 'item_reference' && job !== undefined ? [job] : [];
  });
  return { chat: readChat(messages, instructions ?? '', 'input'), referencedJob: references.at(-1) ?? null };
}
