import type { Quirk, QuirkGroup } from './quirk.ts';

const HOUR = 3_600_000;
const message = (reason: string) => JSON.stringify({ error: { message: reason } });

/** A 429 with its wait in a header. A function is called with the current time in ms since 1970. */
const header = (
  name: string,
  sends: string,
  waitMs: number | null,
  headers: (now: number) => Record<string, string>,
  body = '',
): Quirk => ({
  name: `wait-${name}`,
  sends,
  means: 'rate-limited',
  waitMs,
  response: () => ({ status: 429, headers: headers(Date.now()), body: [body] }),
});

const inBody = (name: string, sends: string, waitMs: number, body: string): Quirk =>
  header(name, sends, waitMs, () => ({}), body);

export const waits: QuirkGroup = {
  title: 'Waits stated with status 429',
  quirks: [
    header('seconds', '`Retry-After: 7`', 7_000, () => ({ 'retry-after': '7' })),
    header('duration', '`Retry-After: 7s`', 7_000, () => ({ 'retry-after': '7s' })),
    header('ms', '`retry-after-ms: 350` and `Retry-After: 1`', 350, () => ({
      'retry-after-ms': '350',
      'retry-after': '1',
    })),
    header('date', '`Retry-After` as a date in half an hour', HOUR / 2, (now) => ({
      'retry-after': new Date(now + HOUR / 2).toUTCString(),
    })),
    header('iso-date', '`Retry-After` as an ISO date in half an hour', HOUR / 2, (now) => ({
      'retry-after': new Date(now + HOUR / 2).toISOString(),
    })),
    header('x-retry-after', '`X-Retry-After: 4`', 4_000, () => ({ 'x-retry-after': '4' })),
    header('reset-after', '`X-RateLimit-Reset-After: 9`', 9_000, () => ({ 'x-ratelimit-reset-after': '9' })),
    header('ratelimit-reset', '`RateLimit-Reset: 9` (IETF)', 9_000, () => ({ 'ratelimit-reset': '9' })),
    header('ratelimit', '`RateLimit: "default";r=0;t=9` (IETF)', 9_000, () => ({
      ratelimit: '"default";r=0;t=9',
    })),
    header('reset-left', '`X-RateLimit-Reset: 9`', 9_000, () => ({ 'x-ratelimit-reset': '9' })),
    header('anthropic', '`anthropic-ratelimit-tokens-reset`, none remaining', HOUR / 2, (now) => ({
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': new Date(now + HOUR / 2).toISOString(),
    })),
    header(
      'tokens-minute',
      '`x-ratelimit-reset-tokens-minute: 12.5`, none remaining (Cerebras)',
      12_500,
      () => ({
        'x-ratelimit-remaining-tokens-minute': '0',
        'x-ratelimit-reset-tokens-minute': '12.5',
      }),
    ),
    inBody('message-wait', '"wait 32 seconds"', 32_000, message('Please wait 32 seconds before retrying.')),
    inBody(
      'retry-after-ms',
      '`retry_after_ms: 2500`',
      2_500,
      '{"error":{"message":"x","retry_after_ms":2500}}',
    ),
    inBody(
      'retry-delay-object',
      '`retryDelay: {seconds, nanos}`',
      5_500,
      '{"error":{"details":[{"retryDelay":{"seconds":5,"nanos":500000000}}]}}',
    ),
    header('reset', '`X-RateLimit-Reset` in ms since 1970', HOUR / 2, (now) => ({
      'x-ratelimit-reset': String(now + HOUR / 2),
    })),
    header('reset-seconds', '`X-RateLimit-Reset` in seconds since 1970', HOUR / 2, (now) => ({
      'x-ratelimit-reset': String(Math.round((now + HOUR / 2) / 1_000)),
    })),
    header('reset-requests', '`x-ratelimit-reset-requests: 1m6s`, none remaining', 66_000, () => ({
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m6s',
    })),
    inBody(
      'retry-delay',
      '`details[].retryDelay: "8.1s"` (Gemini)',
      8_100,
      '[{"error":{"details":[{"@type":"x"},{"retryDelay":"8.1s"}]}}]',
    ),
    inBody(
      'message',
      '"try again in 8.1s"',
      8_100,
      message('Rate limit reached. Please try again in 8.1s. Visit us.'),
    ),
    inBody('message-minutes', '"try again in 7m12.5s"', 432_500, message('Please try again in 7m12.5s.')),
    inBody('message-ms', '"try again in 250ms"', 250, message('Please try again in 250ms')),
    inBody(
      'message-words',
      '"retry after 2 minutes"',
      120_000,
      '{"detail":"Too many requests, retry after 2 minutes"}',
    ),
    inBody(
      'availability',
      '`availability.retry_after: 4` (OpenRouter)',
      4_000,
      '{"error":{"availability":{"retry_after":4}}}',
    ),
    inBody(
      'retry-after-field',
      '`retry_after: 1.5`',
      1_500,
      '{"message":"You are being rate limited.","retry_after":1.5}',
    ),
    header('years', '`Retry-After: 99999999`', HOUR, () => ({ 'retry-after': '99999999' })),
    header('date-in-years', '`Retry-After` in the year 9999', HOUR, () => ({
      'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT',
    })),
    header('reset-in-years', '`X-RateLimit-Reset: 99999999999999`', HOUR, () => ({
      'x-ratelimit-reset': '99999999999999',
    })),
    header(
      'daily',
      '`Retry-After: 36000` for a limit per day',
      10 * HOUR,
      () => ({ 'retry-after': String(10 * 3_600) }),
      message('Rate limit exceeded: free-models-per-day'),
    ),
    header(
      'daily-years',
      '`Retry-After: 99999999` for a limit per day',
      24 * HOUR,
      () => ({ 'retry-after': '99999999' }),
      message('limit of requests per day (RPD)'),
    ),
    header('negative', '`Retry-After: -5`', null, () => ({ 'retry-after': '-5', 'retry-after-ms': '-1' })),
    header(
      'no-number',
      '`Retry-After: NaN`',
      null,
      () => ({ 'retry-after': 'NaN', 'x-ratelimit-reset': 'Infinity' }),
      '{"error":{"metadata":{"retry_after_seconds":null}}}',
    ),
    header('absurd', '`Retry-After` of 400 digits', null, () => ({ 'retry-after': '9'.repeat(400) })),
  ],
};
