/** What a response means, in the words of the service's failure codes; `answer` if the answer is whole. */
export type Meaning =
  | 'answer'
  | 'truncated'
  | 'connection'
  | 'refused'
  | 'empty-answer'
  | 'upstream-error'
  | 'overloaded'
  | 'timeout'
  | 'rate-limited'
  | 'too-long'
  | 'no-such-model'
  | 'request-rejected'
  | 'key-rejected'
  | 'no-credit';

export interface QuirkResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Written one after another, each in a packet of its own. */
  readonly body: readonly (string | Buffer)[];
}

/** An odd response that some model server sends. */
export interface Quirk {
  /** Unique; selects the quirk in a fault rule. */
  readonly name: string;
  /** What the server sends, in Markdown. */
  readonly sends: string;
  readonly means: Meaning;
  /** A part of the reason that the server states. */
  readonly reason?: string;
  /** The wait in ms that the server asks for; null if it states none that makes sense. */
  readonly waitMs?: number | null;
  /** Whether the response has the `usage` of this file. */
  readonly hasUsage?: boolean;
  /** @param answer the text of the whole answer; an error does not contain it */
  response(answer: string): QuirkResponse;
}

export interface QuirkGroup {
  readonly title: string;
  readonly quirks: readonly Quirk[];
}

export const usage = { prompt_tokens: 7, completion_tokens: 2 };

/** A server-sent event. */
export const data = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
export const text = (content: unknown, finish_reason: unknown = null) =>
  data({ choices: [{ delta: { content }, finish_reason }] });
export const finish = (reason: unknown) => data({ choices: [{ delta: {}, finish_reason: reason }] });
export const DONE = 'data: [DONE]\n\n';
export const wholeStream = (answer: string) => {
  const [start, end] = halves(answer);
  return text(start) + text(end) + finish('stop') + DONE;
};
export const completion = (content: unknown, finish_reason?: string) =>
  JSON.stringify({ choices: [{ message: { content }, finish_reason }] });

/** A response with status 200. An empty type sends no Content-Type. */
export const ok = (body: string | readonly Buffer[], type = 'text/event-stream'): QuirkResponse => ({
  status: 200,
  headers: type === '' ? {} : { 'content-type': type },
  body: typeof body === 'string' ? [body] : body,
});

/** A quirk of a stream. `body` gets both halves of the answer. */
export const streamed = (
  name: string,
  sends: string,
  means: Meaning,
  body: (start: string, end: string) => string,
): Quirk => ({ name, sends, means, response: (answer) => ok(body(...halves(answer))) });

/** Splits a text between two characters, near its middle. */
export function halves(answer: string): [string, string] {
  const characters = [...answer];
  const middle = Math.ceil(characters.length / 2);
  return [characters.slice(0, middle).join(''), characters.slice(middle).join('')];
}
