import { ABORTED, type Failure, type FailureCode } from '@codegen/pipeline';
import OpenAI from 'openai';
import { field } from './chunk.ts';
import { errorObjectOf, reasonOf } from './error-body.ts';
import { ResponseTooLargeError } from './response-memory.ts';
import { ConnectionError } from './response-reader.ts';
import { type HeaderReader, MAX_DELAY_MS, resetMs, retryAfterMs } from './retry-after.ts';

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
  'wrong-base-url': ['failRun', 'no model server was found at the configured address'],
  'no-credit': ['failRun', 'the account at the model server has no credit left'],
} as const satisfies Partial<Record<FailureCode, readonly [Failure['intent'], string]>>;

export type ModelFailureCode = keyof typeof FAILURES;

const BY_STATUS: Readonly<Record<number, ModelFailureCode>> = {
  401: 'key-rejected',
  402: 'no-credit',
  404: 'no-such-model',
  408: 'timeout',
  409: 'upstream-error',
  410: 'no-such-model',
  413: 'too-long',
  423: 'overloaded',
  424: 'upstream-error',
  425: 'overloaded',
  429: 'rate-limited',
  451: 'refused',
  498: 'overloaded',
  499: 'upstream-error',
  501: 'request-rejected',
  502: 'overloaded',
  503: 'overloaded',
  504: 'timeout',
  507: 'overloaded',
  521: 'overloaded',
  522: 'timeout',
  523: 'overloaded',
  524: 'timeout',
  527: 'overloaded',
  529: 'overloaded',
  598: 'timeout',
  599: 'timeout',
};

/** Statuses that say enough: a code in the body does not change the kind, except for those in `codeOfStatus`. */
const DECISIVE: readonly number[] = [401, 404, 408, 413, 429];

/**
 * Values of OpenRouter's `metadata.error_type`, then those of `code`, `type`, `status` or `details[].reason` from other
 * servers, in lower case. They refine a status that says little, such as 400, 403, 500 or an error within a 200.
 */
const BY_ERROR_TYPE: ReadonlyMap<string, ModelFailureCode> = new Map<string, ModelFailureCode>([
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
  ['billing_not_active', 'no-credit'],
  ['exceeded_current_quota_error', 'no-credit'],
  ['arrearage', 'no-credit'],
  ['budget_exceeded', 'no-credit'],
  ['data_inspection_failed', 'refused'],
  ['invalid_model', 'no-such-model'],
  ['api_key_invalid', 'key-rejected'],
  ['authentication_error', 'key-rejected'],
  ['unauthenticated', 'key-rejected'],
  ['rate_limit_error', 'rate-limited'],
  ['resource_exhausted', 'rate-limited'],
  ['overloaded_error', 'overloaded'],
  ['unavailable', 'overloaded'],
  ['deadline_exceeded', 'timeout'],
  ['string_above_max_length', 'too-long'],
]);

/** An error that a model server sent instead of a completion. */
export interface ErrorReply {
  /** The HTTP status, unless it was 2xx. */
  readonly status?: number | undefined;
  /** The body of the error, or the `error` field of a chunk; can have any type. */
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
export function failureOfReply({ status, error: body, headers, key, now }: ErrorReply): Failure {
  const error = errorObjectOf(body);
  const reason = reasonOf(body);
  const retryAfter = retryAfterMs({ body, headers, now });
  const code = codeOf({ status: status ?? statusIn(error), error, reason, retryAfter });
  const delay = retryAfter ?? (code === 'rate-limited' ? resetMs({ body, headers, now }) : null);
  const failure = modelFailure(code, quote(reason, key));
  return {
    ...failure,
    intent: intentOf(failure, field(field(error, 'availability'), 'retryable')),
    ...(delay === null ? {} : { retryAfterMs: delay, ...(delay > MAX_DELAY_MS && { isDailyLimit: true }) }),
  };
}

/** The failure that an error thrown during a call means, if the server sent no error. */
export function failureOfError(thrown: unknown): Failure {
  if (thrown instanceof ResponseTooLargeError) return modelFailure('truncated', thrown.message);
  if (thrown instanceof SyntaxError)
    return modelFailure('upstream-error', 'the response is not a chat completion');
  if (thrown instanceof OpenAI.APIConnectionTimeoutError) return modelFailure('timeout');
  const code = systemCodeOf(thrown);
  if (/TIMEOUT/.test(code)) return modelFailure('timeout', code);
  if (thrown instanceof ConnectionError || thrown instanceof OpenAI.APIConnectionError)
    return modelFailure('connection', code);
  return modelFailure('internal');
}

/** The first system error code, such as `ECONNREFUSED`, in the chain of causes; '' if there is none. */
export function systemCodeOf(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z\d_]+$/.test(error.code))
      return error.code;
    if (error.name === 'HTTPParserError') return 'HTTP_PARSER_ERROR';
  }
  return '';
}

/** OpenRouter says whether an error passes. */
function intentOf({ intent }: Failure, retryable: unknown): Failure['intent'] {
  if (retryable === false && intent === 'retry') return 'nextModel';
  return retryable === true && intent === 'nextModel' ? 'retry' : intent;
}

/** The status within an error that came in a 200. */
function statusIn(error: unknown): number {
  const values = ['code', 'status', 'status_code', 'statusCode'].map((name) => Number(field(error, name)));
  return values.find((value) => value >= 400 && value < 600) ?? Number.NaN;
}

/** Most servers report these with status 400 and no error type. */
const TOO_LONG =
  /context (length|size|window)|(prompt|input) is too long|exceeds the maximum number of (?:input )?tokens/i;
const NO_SUCH_MODEL =
  /\b(?:invalid|unknown|unsupported) model\b(?!.{0,20}\b(?:parameter|input|output))|\bmodel (?:identifier|name|id) is (?:invalid|unknown)/i;
/** Some servers say it with 400 or 429. "Check your plan" alone is said of rate limits too. */
const NO_CREDIT =
  /insufficient (?:account )?(?:balance|credits?|funds)|credit balance is too low|account is suspended|欠费|余额不足/i;
const BAD_KEY =
  /\bapi[ _-]?key\b.{0,30}\b(invalid|not valid|expired|incorrect)|\b(invalid|incorrect|expired) api[ _-]?key\b/i;
/** OpenRouter's 402 for a request whose longest answer would cost more than the credit that is left. */
const TOO_EXPENSIVE = /fewer max_tokens|can only afford/i;

interface JudgedReply {
  readonly status: number;
  readonly error: unknown;
  readonly reason: string;
  readonly retryAfter: number | null;
}

/** Judges by the status first, then by the codes in the body, then by the message. */
function codeOf(reply: JudgedReply): ModelFailureCode {
  const { status, error, reason } = reply;
  const types = typesOf(error);
  const byType = types.map((type) => BY_ERROR_TYPE.get(type)).find((code) => code !== undefined);
  const code = codeOfStatus(reply, types) ?? byType ?? BY_STATUS[status];
  if (code !== undefined && code !== 'request-rejected') return code;
  if (TOO_LONG.test(reason)) return 'too-long';
  if (status === 400 && NO_SUCH_MODEL.test(reason)) return 'no-such-model';
  if (status === 400 && BAD_KEY.test(reason)) return 'key-rejected';
  return code ?? (status >= 400 && status < 500 ? 'request-rejected' : 'upstream-error');
}

/** The kind that a status means whatever the error type. Undefined if the type may refine it. */
function codeOfStatus(reply: JudgedReply, types: readonly string[]): ModelFailureCode | undefined {
  const { status, error, reason, retryAfter } = reply;
  const metadata = field(error, 'metadata');
  const source = field(metadata, 'limit_source');
  if (source === 'openrouter_in_flight_budget') return 'rate-limited';
  if (status === 402) {
    // `insufficient_quota` is permanent whatever the headers.
    if (types.includes('insufficient_quota')) return 'no-credit';
    if (TOO_EXPENSIVE.test(reason)) return 'request-rejected';
    // With Retry-After, other calls have reserved the credit.
    return retryAfter === null ? 'no-credit' : 'rate-limited';
  }
  // OpenRouter reports the exhausted limit of a key or workspace with 403. It applies to all models.
  if (status === 403 && typeof source === 'string') return 'no-credit';
  if (status === 403 && (field(metadata, 'reasons') ?? field(metadata, 'flagged_input'))) return 'refused';
  if (status === 429 && types.some((type) => BY_ERROR_TYPE.get(type) === 'no-credit')) return 'no-credit';
  if ((status === 400 || status === 429 || Number.isNaN(status)) && NO_CREDIT.test(reason))
    return 'no-credit';
  return DECISIVE.includes(status) ? BY_STATUS[status] : undefined;
}

/** All words in an error that may say its kind, in lower case. */
function typesOf(error: unknown): string[] {
  const details = field(error, 'details');
  const reasons = Array.isArray(details) ? details.map((detail) => field(detail, 'reason')) : [];
  const own = ['code', 'type', 'status'].map((name) => field(error, name));
  return [field(field(error, 'metadata'), 'error_type'), ...reasons, ...own]
    .filter((type) => typeof type === 'string')
    .map((type) => type.toLowerCase());
}

const MAX_QUOTE_CHARS = 200;
const KEY_LIKE = /(?<![a-z])(sk-|bearer\s+(?=\S{16}))[^\s"',;]+/gi;

/** Makes a server's message safe to show: one line, at most 200 characters, without API keys. */
export function quote(text: string, key: string | null): string {
  // A key shorter than 8 characters, such as `local` for a self-hosted server, may be an ordinary word.
  const masked = key !== null && key.length >= 8 ? text.replaceAll(key, '…') : text;
  const line = masked
    .replace(KEY_LIKE, '$1…')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return (line.length <= MAX_QUOTE_CHARS ? line : `${line.slice(0, MAX_QUOTE_CHARS - 1)}…`).toWellFormed();
}
