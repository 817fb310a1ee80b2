import { field } from './chunk.ts';
import { errorObjectOf, reasonOf } from './error-body.ts';

export type HeaderReader = Pick<Headers, 'get'>;

/** Longest delay in ms that is believed. A daily limit can last a day. */
const MAX_DELAY_MS = 3_600_000;
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
    () => parseNumber(headers?.get('retry-after-ms')),
    () => after(headers?.get('retry-after')),
    () => after(field(field(metadata, 'headers'), 'Retry-After')),
    () => after(field(field(error, 'availability'), 'retry_after')),
    () => after(field(metadata, 'retry_after_seconds')),
    () => after(field(error, 'retry_after') ?? field(reply.body, 'retry_after')),
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
    ...['requests', 'tokens'].map((unit) => () => {
      const isSpent = headers?.get(`x-ratelimit-remaining-${unit}`) === '0';
      return isSpent ? parseDuration(headers?.get(`x-ratelimit-reset-${unit}`) ?? '') : null;
    }),
  ]);
}

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
  // Date.parse accepts too much ("-1" is the year 2001); an HTTP date begins with its weekday.
  const time = /^[A-Z][a-z]{2},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? parseDuration(text) : Math.max(0, time - now);
}

/** OpenRouter sends ms since the epoch, others send seconds; a smaller number is not a time. */
function parseReset(value: unknown, now: number): number | null {
  const number = parseNumber(value) ?? 0;
  if (number < 1e9) return null;
  return Math.max(0, (number < 1e12 ? number * 1_000 : number) - now);
}

/** Gemini's `details: [{ retryDelay: "8.1s" }]`. */
function parseRetryDelay(details: unknown): number | null {
  const delays = Array.isArray(details) ? details.map((detail) => field(detail, 'retryDelay')) : [];
  const delay = delays.find((value) => typeof value === 'string');
  return typeof delay === 'string' ? parseDuration(delay.trim()) : null;
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
  `\\b(?:try again|retry|resets?|available)\\b[a-z ]{0,20} ((?:(?:${PART})[\\s,]{0,2}){1,5})`,
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
