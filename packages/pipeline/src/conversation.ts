export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The turns so far. The last one is the user's request. */
export type Conversation = readonly Message[];

export const fromQuery = (query: string): Conversation => [{ role: 'user', content: query }];

/** The text of the last message, which is the request. */
export const queryOf = (conversation: Conversation): string => conversation.at(-1)?.content ?? '';
