/** A chunk of a streamed chat completion, or a whole completion. Any field may be missing or of another type. */
export interface Chunk {
  readonly id?: unknown;
  readonly model?: unknown;
  /** Sent by OpenRouter only. */
  readonly provider?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
  readonly choices?: unknown;
}

export interface Choice {
  readonly delta?: Message | null;
  /** Set by servers that ignore `stream: true` and send a whole completion. */
  readonly message?: Message | null;
  readonly index?: unknown;
  /** The text of the older completions API. */
  readonly text?: unknown;
  readonly finish_reason?: unknown;
  readonly finishReason?: unknown;
  readonly error?: unknown;
  readonly usage?: unknown;
}

interface Message {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly reasoning?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning_details?: unknown;
}

/** The field of a value of any type. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The choice with an index, else the first one. The client requests one only, but some servers send more. */
export function choiceOf(chunk: Chunk | null, index?: number): Choice | null {
  const choices: unknown[] = Array.isArray(chunk?.choices) ? chunk.choices : [];
  const choice = index === undefined ? choices[0] : choices.find((one) => indexOf(one) === index);
  return typeof choice === 'object' ? (choice as Choice | null) : null;
}

/** The index of a choice; 0 if it has none. */
export const indexOf = (choice: unknown): number => Number(field(choice, 'index') ?? 0) || 0;

export const messageOf = (choice: Choice | null): Message | null =>
  choice?.delta ?? choice?.message ?? (typeof choice?.text === 'string' ? { content: choice.text } : null);

/** Whether a choice has a whole message, not a delta. */
export const isWholeMessage = (choice: Choice | null): boolean => !choice?.delta && Boolean(choice?.message);

/** The text of a message. Its content is a string, a part or a list of parts; a part that is thinking is not content. */
export function contentOf(message: Message | null): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map(textOfPart).join('') : textOfPart(content);
}

function textOfPart(part: unknown): string {
  if (typeof part === 'string') return part;
  const type = field(part, 'type') ?? 'text';
  const given = field(part, 'text');
  const text = typeof given === 'object' ? field(given, 'value') : given;
  return typeof text === 'string' && (type === 'text' || type === 'output_text') ? text : '';
}

/** Whether the chunk shows that the model is generating: it brings text, reasoning, a refusal or a finish reason. */
export function hasTokens(choice: Choice | null): boolean {
  const message = messageOf(choice);
  return [
    message?.content,
    message?.reasoning,
    message?.reasoning_content,
    message?.reasoning_details,
    message?.refusal,
    choice?.finish_reason === 'null' ? null : choice?.finish_reason,
  ].some((value) => (typeof value === 'string' || Array.isArray(value) ? value.length > 0 : false));
}

/** The error in a chunk, of any type; null if there is none. Some servers send an error as the chunk itself. */
export function errorOf(chunk: Chunk | null): unknown {
  const choice = choiceOf(chunk);
  const error = chunk?.error || choice?.error || field(messageOf(choice), 'error');
  if (error) return error;
  if (chunk === null || typeof chunk !== 'object' || chunk.choices) return null;
  const isError = field(chunk, 'object') === 'error' || field(chunk, 'type') === 'error';
  const isMessage = MESSAGES.some((name) => field(chunk, name)) || field(chunk, 'success') === false;
  const status = Number(field(field(chunk, 'base_resp'), 'status_code') ?? 0);
  return isError || isMessage || status !== 0 ? chunk : null;
}

/** Fields with the reason of an error, of a chunk without choices. */
const MESSAGES = [
  'message',
  'msg',
  'detail',
  'details',
  'errors',
  'error_msg',
  'error_message',
  'errorMessage',
];

/** The usage in a chunk. Some servers put it into the choice, Groq into `x_groq`. */
export const usageOf = (chunk: Chunk | null): unknown =>
  chunk?.usage ||
  choiceOf(chunk)?.usage ||
  field(messageOf(choiceOf(chunk)), 'usage') ||
  field(field(chunk, 'x_groq'), 'usage');

/** Shorter text cannot cost much memory. */
const UNCHECKED_CHARS = 4_096;
const MAX_DEPTH = 64;
const MAX_VALUES = 100_000;

/**
 * Parses JSON from a server. A value of a few bytes, such as an empty array, takes up to 50 times its size in memory; so
 * depth and number of values are limited.
 * @throws SyntaxError for invalid JSON, more than 64 levels, or more than 100,000 values
 */
export function parseJson(text: string): unknown {
  if (text.length > UNCHECKED_CHARS) checkStructure(text);
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [
  ...Buffer.from('"\\,[]{}'),
];

function checkStructure(text: string): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values++;
        if (++depth > MAX_DEPTH) throw new SyntaxError('the JSON is nested too deeply');
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
    }
    if (values > MAX_VALUES) throw new SyntaxError('the JSON has too many values');
  }
}

/** The index of the quote that ends the string, or of the last character. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}
