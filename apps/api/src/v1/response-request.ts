import type { ChatMessage, InputItem, ResponseRequest } from '@codegen/contract';
import { type Chat, readChat } from './conversation.ts';

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
