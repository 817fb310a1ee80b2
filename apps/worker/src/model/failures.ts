import { ABORTED, type Failure, type FailureCode } from '@codegen/pipeline';
import OpenAI from 'openai';
import { ConnectionError, ResponseTooLargeError } from './response-reader.ts';
import { type HeaderReader, resetMs, retryAfterMs } from './retry-after.ts';

/** The intent and the message of each kind of failed model call. Messages are shown to callers. */
const FAILURES = {
  'rate-limited': ['retry', 'the model server limits the rate of requests'],
  overloaded: ['retry', 'the model is overloaded or unavailable'],
  timeout: ['retry', 'the model did not answer in time'],
  connection: ['retry', 'the connection to the model server failed'],
  'upstream-error': ['retry', 'the model server failed'],
  'empty-answer': ['retry', 'the model gave an empty answer'],
  aborted: [ABORTED.intent, ABORTED.message],
  internal: ['retry', 'the model client failed'],
  truncated: ['nextModel', 'the answer was cut off at the length limit'],
  refused: ['nextModel', 'the model refused the request'],
  'too-long': ['nextModel', 'the request is too long for the model'],
  'request-rejected': ['nextModel', 'the model server rejected the request'],
  'no-such-model': ['nextModel', 'the model server does not offer this model'],
  'key-rejected': ['failRun', 'the model server rejected the API key'],
  'no-credit': ['failRun', 'the account at the model server has no credit left'],
} as const satisfies Partial<Record<FailureCode, readonly [Failure['intent'], string]>>;

export type ModelFailureCode = keyof typeof FAILURES;

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

/** Values of OpenRouter's `metadata.error_type`, then those of `code` or `type` from OpenAI, llama.cpp and Ollama. */
const BY_ERROR_TYPE: ReadonlyMap<unknown, ModelFailureCode> = new Map<unknown, ModelFailureCode>([
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

/** An error that a model server sent instead of a completion. */
export interface ErrorReply {
  /** The HTTP status, unless it was 2xx. */
  readonly status?: number | undefined;
  /** The `error` field of the body or of a chunk; can have any type. */
  readonly error?: unknown;
  readonly headers?: HeaderReader | undefined;
  /** The API key; removed from the server's message. */
  readonly key: string | null;
  /** The current time in ms since the epoch. */
  readonly now: number;
}

/** A failure that the client detected itself. `detail` is shown to callers. */
export function modelFailure(code: ModelFailureCode, detail = ''): Failure {
  const [intent, message] = FAILURES[code];
  return { intent, code, message: detail === '' ? message : `${message}: ${detail}` };
}

/** The failure that an error reply of a server means. */
export function failureOfReply(reply: ErrorReply): Failure {
  const { error, headers, key, now } = reply;
  const retryAfter = retryAfterMs(error, headers, now);
  const failure = modelFailure(codeOf(reply, retryAfter), quote(messageOf(error), key));
  const delay = retryAfter ?? (failure.code === 'rate-limited' ? resetMs(error, headers, now) : null);
  const isFinal = field(field(error, 'availability'), 'retryable') === false;
  return {
    ...failure,
    intent: isFinal && failure.intent === 'retry' ? 'nextModel' : failure.intent,
    ...(delay === null ? {} : { retryAfterMs: delay }),
  };
}

/** The failure that an error thrown during a call means. `key` is removed from the server's message. */
export function failureOfError(thrown: unknown, key: string | null): Failure {
  if (thrown instanceof ResponseTooLargeError) return modelFailure('truncated');
  if (thrown instanceof SyntaxError)
    return modelFailure('upstream-error', 'the response is not a chat completion');
  if (thrown instanceof OpenAI.APIConnectionTimeoutError) return modelFailure('timeout');
  const code = systemCodeOf(thrown);
  if (/TIMEOUT/.test(code)) return modelFailure('timeout', code);
  if (thrown instanceof ConnectionError || thrown instanceof OpenAI.APIConnectionError)
    return modelFailure('connection', code);
  if (!(thrown instanceof OpenAI.APIError)) return modelFailure('internal');
  const { status, error, headers } = thrown;
  return failureOfReply({ status, error, headers, key, now: Date.now() });
}

/** The first system error code, such as `ECONNREFUSED`, in the chain of causes; '' if there is none. */
function systemCodeOf(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z\d_]+$/.test(error.code))
      return error.code;
  }
  return '';
}

/** Most servers report this with status 400 and no error type. */
const TOO_LONG = /context (length|size|window)|(prompt|input) is too long/i;

function codeOf({ status, error }: ErrorReply, retryAfter: number | null): ModelFailureCode {
  const metadata = field(error, 'metadata');
  const number = status ?? Number(field(error, 'code'));
  const source = field(metadata, 'limit_source');
  if (source === 'openrouter_in_flight_budget') return 'rate-limited';
  // OpenRouter reports the exhausted limit of a key or workspace with 403. It applies to all models.
  if (number === 403 && typeof source === 'string') return 'no-credit';
  if (number === 403 && (field(metadata, 'reasons') ?? field(metadata, 'flagged_input'))) return 'refused';
  const types = [field(metadata, 'error_type'), field(error, 'code'), field(error, 'type')];
  const type = types.find((candidate) => BY_ERROR_TYPE.has(candidate));
  const code = BY_ERROR_TYPE.get(type) ?? BY_STATUS[number];
  // A 402 with Retry-After means credit reserved by other calls. `insufficient_quota` is permanent whatever the headers.
  if (code === 'no-credit' && number === 402 && retryAfter !== null && !types.includes('insufficient_quota'))
    return 'rate-limited';
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

const MAX_QUOTE_CHARS = 200;
const KEY_LIKE = /(?<![a-z])(sk-|bearer\s+(?=\S{16}))[^\s"',;]+/gi;

/** Makes a server's message safe to show: one line, at most 200 characters, without API keys. */
function quote(text: string, key: string | null): string {
  // A key shorter than 8 characters, such as `local` for a self-hosted server, may be an ordinary word.
  const masked = key !== null && key.length >= 8 ? text.replaceAll(key, '…') : text;
  const line = masked
    .replace(KEY_LIKE, '$1…')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return (line.length <= MAX_QUOTE_CHARS ? line : `${line.slice(0, MAX_QUOTE_CHARS - 1)}…`).toWellFormed();
}
