import { ABORTED, type Failure, type FailureCode } from '@codegen/pipeline';
import { type HeaderReader, resetMs, retryAfterMs } from './retry-after.ts';

/** All that a failed model call can mean: what to do about it, and how it is put to the person who asked. */
const MEANINGS = {
  'rate-limited': ['retry', 'the model server limits the rate of requests'],
  overloaded: ['retry', 'the model is overloaded or not available now'],
  timeout: ['retry', 'the model did not answer in time'],
  connection: ['retry', 'the connection to the model server failed'],
  'upstream-error': ['retry', 'the model server failed'],
  'empty-answer': ['retry', 'the model gave an empty answer'],
  aborted: [ABORTED.intent, ABORTED.message],
  internal: ['retry', 'the model client failed'],
  truncated: ['nextModel', 'the answer was cut off at its longest allowed length'],
  refused: ['nextModel', 'the model refused the request'],
  'too-long': ['nextModel', 'the request is too long for the model'],
  'request-rejected': ['nextModel', 'the model server rejected the request'],
  'no-such-model': ['nextModel', 'the model server does not offer this model'],
  'key-rejected': ['failRun', 'the model server rejected the API key'],
  'no-credit': ['failRun', 'the account at the model server has no credit left'],
} as const satisfies Partial<Record<FailureCode, readonly [Failure['intent'], string]>>;

export type ModelFailureCode = keyof typeof MEANINGS;

const BY_STATUS: Readonly<Record<number, ModelFailureCode>> = {
  401: 'key-rejected',
  402: 'no-credit',
  404: 'no-such-model',
  408: 'timeout',
  413: 'too-long',
  429: 'rate-limited',
  502: 'overloaded',
  503: 'overloaded',
  504: 'timeout',
  524: 'timeout',
  529: 'overloaded',
};

/** OpenRouter's `metadata.error_type`, then the words OpenAI, llama.cpp and Ollama put into `code` or `type`. */
const BY_WORD: ReadonlyMap<unknown, ModelFailureCode> = new Map<unknown, ModelFailureCode>([
  ['rate_limit_exceeded', 'rate-limited'],
  ['provider_overloaded', 'overloaded'],
  ['provider_unavailable', 'overloaded'],
  ['timeout', 'timeout'],
  ['server', 'upstream-error'],
  ['context_length_exceeded', 'too-long'],
  ['token_limit_exceeded', 'too-long'],
  ['string_too_long', 'too-long'],
  ['payload_too_large', 'too-long'],
  ['max_tokens_exceeded', 'truncated'],
  ['content_policy_violation', 'refused'],
  ['refusal', 'refused'],
  ['not_found', 'no-such-model'],
  ['invalid_request', 'request-rejected'],
  ['invalid_prompt', 'request-rejected'],
  ['precondition_failed', 'request-rejected'],
  ['unprocessable', 'request-rejected'],
  ['authentication', 'key-rejected'],
  ['payment_required', 'no-credit'],
  ['server_error', 'upstream-error'],
  ['content_filter', 'refused'],
  ['model_not_found', 'no-such-model'],
  ['not_found_error', 'no-such-model'],
  ['exceed_context_size_error', 'too-long'],
  ['invalid_api_key', 'key-rejected'],
  ['insufficient_quota', 'no-credit'],
]);

/** What a model server said when it did not answer. */
export interface Complaint {
  /** The HTTP status if it was not 2xx. */
  readonly status?: number | undefined;
  /** The `error` of the body or the stream, of whatever shape. */
  readonly error?: unknown;
  readonly headers?: HeaderReader | undefined;
  /** Masked wherever the complaint repeats it. */
  readonly key: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A failure this side found. `detail` must be safe to show. */
export function modelFailure(code: ModelFailureCode, detail = ''): Failure {
  const [intent, words] = MEANINGS[code];
  return { intent, code, message: detail === '' ? words : `${words}: ${detail}` };
}

/** The failure a complaint stands for. */
export function failureOf(complaint: Complaint): Failure {
  const { error, headers, key, now } = complaint;
  const asked = retryAfterMs(error, headers, now);
  const failure = modelFailure(codeOf(complaint, asked), quote(messageOf(error), key));
  const wait = asked ?? (failure.code === 'rate-limited' ? resetMs(error, headers, now) : null);
  const isFinal = field(field(error, 'availability'), 'retryable') === false;
  return {
    ...failure,
    intent: isFinal && failure.intent === 'retry' ? 'nextModel' : failure.intent,
    ...(wait === null ? {} : { retryAfterMs: wait }),
  };
}

/** Most servers say it with a bare 400. */
const TOO_LONG = /context (length|size|window)|(prompt|input) is too long/i;

function codeOf({ status, error }: Complaint, asked: number | null): ModelFailureCode {
  const metadata = field(error, 'metadata');
  const number = status ?? Number(field(error, 'code'));
  const source = field(metadata, 'limit_source');
  if (source === 'openrouter_in_flight_budget') return 'rate-limited';
  // A spent limit of the key or the workspace comes as a 403 that no other model can mend.
  if (number === 403 && typeof source === 'string') return 'no-credit';
  if (number === 403 && (field(metadata, 'reasons') ?? field(metadata, 'flagged_input'))) return 'refused';
  const words = [field(metadata, 'error_type'), field(error, 'code'), field(error, 'type')];
  const word = words.find((candidate) => BY_WORD.has(candidate));
  const code = BY_WORD.get(word) ?? BY_STATUS[number];
  if (code === 'no-credit' && number === 402 && asked !== null) return 'rate-limited';
  if (code !== undefined && code !== 'request-rejected') return code;
  if (TOO_LONG.test(messageOf(error))) return 'too-long';
  return code ?? (number >= 400 && number < 500 ? 'request-rejected' : 'upstream-error');
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function messageOf(error: unknown): string {
  const message = typeof error === 'string' ? error : (field(error, 'message') ?? field(error, 'detail'));
  return typeof message === 'string' ? message : '';
}

const LONGEST_QUOTE = 200;
const KEY_LIKE = /(?<![a-z])(sk-|bearer\s+(?=\S{16}))[^\s"',;]+/gi;

/** Another's words made fit to be shown: one line, short, no key. */
function quote(text: string, key: string | null): string {
  // A server of one's own may have a word such as `local` for its key.
  const known = key !== null && key.length >= 8 ? text.replaceAll(key, '…') : text;
  const line = known
    .replace(KEY_LIKE, '$1…')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return (line.length <= LONGEST_QUOTE ? line : `${line.slice(0, LONGEST_QUOTE - 1)}…`).toWellFormed();
}
