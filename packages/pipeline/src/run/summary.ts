import type { Message, Run } from './run.ts';

/** The size of a model's context, in tokens, if neither its server nor a setting states it. */
export const DEFAULT_CONTEXT_TOKENS = 32_768;

/** Characters per token of a model, at least. Code has 3 to 4. */
export const CHARS_PER_TOKEN = 3;

/** Part of a model's context that the earlier turns of a conversation may take. */
const EARLIER_TURNS = 1 / 8;

const charsOf = (messages: readonly Message[]) =>
  messages.reduce((sum, { content }) => sum + content.length, 0);

/**
 * The number of messages at the beginning of a follow-up's conversation that a summary replaces. 0 while the earlier
 * turns are short. Else the later half of what they may take stays word for word.
 * @param contextTokens size of a model's context
 */
export function countOlder(
  { conversation, files }: Pick<Run, 'conversation' | 'files'>,
  contextTokens: number,
): number {
  const earlier = conversation.slice(0, -1);
  // Before there are files, the code is in the messages. Code is never summarised.
  if (files.length === 0 && earlier.some(({ content }) => content.includes('```'))) return 0;
  const maxChars = contextTokens * CHARS_PER_TOKEN * EARLIER_TURNS;
  if (charsOf(earlier) <= maxChars) return 0;
  let older = earlier.length;
  let chars = 0;
  while (older > 0) {
    chars += earlier[older - 1]!.content.length;
    if (chars > maxChars / 2) break;
    older--;
  }
  return older;
}

/** The message that replaces older turns. */
export const summaryMessage = (text: string): Message => ({
  role: 'assistant',
  content: `(Summary of the conversation so far.)\n${text}`,
});

/** Characters that a message keeps in a summary without a model, and messages of it. */
const LONGEST_EXCERPT = 300;
const MAX_EXCERPTS = 20;

/** A summary without a model: the beginnings of the last requests. */
export function excerptOf(older: readonly Message[]): string {
  return older
    .slice(-MAX_EXCERPTS)
    .map(({ role, content }) => {
      const text = content.slice(0, LONGEST_EXCERPT).toWellFormed();
      return `- ${role}: ${text}${content.length > LONGEST_EXCERPT ? ' …' : ''}`;
    })
    .join('\n');
}
