import { field } from './chunk.ts';
import { errorObjectOf, reasonOf } from './error-body.ts';

export type HeaderReader = Pick<Headers, 'get'>;

/** Longest delay in ms that is believed. Only a daily limit can last longer: at most a day. */
export const MAX_DELAY_MS = 3_600_000;
const MAX_DAILY_DELAY_MS = 24 * MAX_DELAY_MS;

/** `free-models-per-day`, `GenerateRequestsPerDayPerProject`, `requests per day (RPD)`. */
const DAILY = /per[-_ ]?day|daily|\b[rt]pd\b/i;

interface Reply {
  readonly body: unknown;
  readonly headers: HeaderReader | undefined;
  readonly now: number;
}

/**
 * The delay in ms that a server asks for before a retry, from any of its headers, else from its body, else from its
 * message. At most an hour, a day for a daily limit. Null if there is none; values that make no sense are ignored.
 */
export function retryAfterMs(reply: Reply): number | null {
  const { headers, now } = reply;
  const error = errorObjectOf(reply.body);
  const metadata = field(error, 'metadata');
  const after = (value: unknown) => parseRetryAfter(value, now);
  return firstDelay(reply, [
    ...['retry-after-ms', 'x-ms-retry-after-ms'].map((name) => () => parseNumber(headers?.get(name))),
    ...['retry-after', 'x-retry-after', 'x-ratelimit-reset-after'].map(
      (name) => () => after(headers?.get(name)),
    ),
    () => after(field(field(metadata, 'headers'), 'Retry-After')),
    () => after(field(field(error, 'availability'), 'retry_after')),
    () => after(field(metadata, 'retry_after_seconds')),
    () => after(field(error, 'retry_after') ?? field(reply.body, 'retry_after')),
    () => parseNumber(field(error, 'retry_after_ms')),
    // Hugging Face, while it loads a model.
    () => after(field(reply.body, 'estimated_time')),
    () => parseRetryDelay(field(error, 'details')),
    () => parseMessage(reasonOf(reply.body)),
  ]);
}

/** Milliseconds until a rate limit resets, from `X-RateLimit-Reset`; null if there is none. */
export function resetMs(reply: Reply): number | null {
  const { headers, now } = reply;
  const inBody = field(field(field(errorObjectOf(reply.body), 'metadata'), 'headers'), 'X-RateLimit-Reset');
  return firstDelay(reply, [
    () => parseReset(headers?.get('x-ratelimit-reset'), now),
    () => parseReset(inBody, now),
    () => parseRetryAfter(headers?.get('ratelimit-reset'), now),
    () => parseRetryAfter(/\b(?:t|reset)=(\d{1,9})/.exec(headers?.get('ratelimit') ?? '')?.[1], now),
    ...UNITS_LIMITED.map((unit) => () => {
      const spent = [`x-ratelimit-remaining-${unit}`, `anthropic-ratelimit-${unit}-remaining`];
      if (!spent.some((name) => headers?.get(name) === '0')) return null;
      const reset =
        headers?.get(`x-ratelimit-reset-${unit}`) ?? headers?.get(`anthropic-ratelimit-${unit}-reset`);
      return parseRetryAfter(reset, now);
    }),
  ]);
}

/** What the headers of OpenAI, Cerebras and Anthropic count. */
const UNITS_LIMITED = [
  'requests',
  'tokens',
  'input-tokens',
  'output-tokens',
  ...['requests', 'tokens'].flatMap((unit) => ['minute', 'hour', 'day'].map((time) => `${unit}-${time}`)),
];

function firstDelay({ body }: Reply, readers: readonly (() => number | null)[]): number | null {
  for (const read of readers) {
    const delay = read();
    if (delay === null) continue;
    const isDaily = delay > MAX_DELAY_MS && DAILY.test(JSON.stringify(body)?.slice(0, 4_000) ?? '');
    return Math.min(delay, isDaily ? MAX_DAILY_DELAY_MS : MAX_DELAY_MS);
  }
  return null;
}

const NUMBER = /^\d{1,15}(\.\d+)?$/;

function parseNumber(value: unknown): number | null {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return NUMBER.test(text) ? Math.round(Number(text)) : null;
}

/** Seconds or an HTTP date. Some servers write a duration such as `8.1s`. */
function parseRetryAfter(value: unknown, now: number): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim();
  if (NUMBER.test(text)) return Math.round(Number(text) * 1_000);
  // Date.parse accepts too much ("-1" is the year 2001); an HTTP date begins with its weekday, an ISO date with its year.
  const time = /^(?:[A-Z][a-z]{2},? |\d{4}-\d\d-\d\dT)/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? parseDuration(text) : Math.max(0, time - now);
}

/** OpenRouter sends ms since the epoch, others send seconds, or the seconds that are left: at most a day. */
function parseReset(value: unknown, now: number): number | null {
  const number = parseNumber(value);
  if (number === null) return typeof value === 'string' ? parseRetryAfter(value, now) : null;
  if (number <= 86_400) return number * 1_000;
  if (number < 1e9) return null;
  return Math.max(0, (number < 1e12 ? number * 1_000 : number) - now);
}

/** Gemini's `details: [{ retryDelay: "8.1s" }]`. */
function parseRetryDelay(details: unknown): number | null {
  const delays = Array.isArray(details) ? details.map((detail) => field(detail, 'retryDelay')) : [];
  const delay = delays.find((value) => value !== undefined);
  if (typeof delay === 'string') return parseDuration(delay.trim());
  const [seconds, nanos] = [field(delay, 'seconds'), field(delay, 'nanos') ?? 0].map(Number);
  return seconds! >= 0 && nanos! >= 0 ? Math.round(seconds! * 1_000 + nanos! / 1e6) : null;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const UNIT = 'milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d';
const PART = `\\d{1,15}(?:\\.\\d{1,15})?\\s?(?:${UNIT})(?![a-z])|\\d{1,15}(?:\\.\\d{1,15})?(?:${UNIT})(?=\\d)`;
const DURATION = new RegExp(`^(?:(?:${PART})[\\s,]{0,2}){1,5}$`, 'i');
const IN_MESSAGE = new RegExp(
  `\\b(?:try again|retry|wait|resets?|available)\\b[a-z ]{0,20} ((?:(?:${PART})[\\s,]{0,2}){1,5})`,
  'i',
);

/** `8.1s`, `1m30s`, `2 minutes`. */
function parseDuration(text: string): number | null {
  if (text.length > 50 || !DURATION.test(text.trim())) return null;
  let sum = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)\s?([a-z]+)/gi)) {
    const short = /^(ms|milli)/i.test(unit) ? 'ms' : unit[0]?.toLowerCase();
    sum += Number(number) * (UNITS_MS[short ?? ''] ?? 0);
  }
  return Math.round(sum);
}

/** "Please try again in 8.1s." */
function parseMessage(message: string): number | null {
  const [, duration = ''] = IN_MESSAGE.exec(message.slice(0, 2_000)) ?? [];
  return parseDuration(duration.replace(/[\s,.]+$/, ''));
}
