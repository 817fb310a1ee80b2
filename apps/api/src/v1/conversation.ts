import type { ChatMessage } from '@codegen/contract';
import { withoutControls } from '../http/query.ts';
import { ProblemError } from '../problem.ts';

/** A turn of a person or of this service. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A conversation as a chat program sends it, which is whole with every request. */
export interface Chat {
  /** The texts of all system and developer messages. */
  readonly system: string;
  /** The turns before the request. */
  readonly earlier: readonly Turn[];
  readonly request: string;
}

/** aider sends this message of the user after the examples of its own prompt. */
const NEW_CODE_BASE = /^I switched to a new code base\b/;

/**
 * Reads the messages of a request. Messages of tools, empty messages, and examples before the conversation are left out.
 * @param param the field with the messages
 * @throws ProblemError if the last message is not the user’s
 */
export function readChat(messages: readonly ChatMessage[], instructions = '', param = 'messages'): Chat {
  const texts = messages.map(({ role, content }) => ({ role, content: textOf(content) }));
  const systems = texts.filter(({ role }) => role === 'system' || role === 'developer');
  const turns = texts.filter((message): message is Turn => ['user', 'assistant'].includes(message.role));
  const request = turns.pop();
  if (request?.role !== 'user') {
    const detail = 'The last message that is no system message must be the user’s.';
    throw new ProblemError('invalid-parameter', detail, {}, param);
  }
  const system = [instructions, ...systems.map(({ content }) => content)].filter(Boolean).join('\n\n');
  const examplesEnd = turns.findLastIndex(
    ({ role, content }) => role === 'user' && NEW_CODE_BASE.test(content),
  );
  const earlier = turns.slice(examplesEnd + 1).filter(({ content }) => content.trim() !== '');
  return { system, earlier, request: request.content };
}

const textOf = (content: ChatMessage['content']): string =>
  withoutControls(typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('\n'));

/** The last of these turns that fit into `maxChars` characters together. */
export function lastTurns(turns: readonly Turn[], maxChars: number): readonly Turn[] {
  let left = maxChars;
  const first = turns.findLastIndex(({ content }) => {
    left -= content.length;
    return left < 0;
  });
  return turns.slice(first + 1);
}

/** A text without its middle, if it is longer than `maxChars` characters. */
export function withoutMiddle(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  return `${text.slice(0, half)}\n…\n${text.slice(-half)}`.toWellFormed();
}
