import { z } from 'zod';

const messageSchema = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.string().min(1),
});

/** What a run is asked: the turns so far, the last of them the user's request. */
export const conversationSchema = z
  .array(messageSchema)
  .min(1)
  .refine((messages) => messages.at(-1)?.role === 'user', 'the last message must be the user’s');

export type Conversation = z.infer<typeof conversationSchema>;

export const fromQuery = (query: string): Conversation => [{ role: 'user', content: query }];

/** The request itself: the last user message. */
export const queryOf = (conversation: Conversation): string => conversation.at(-1)?.content ?? '';
