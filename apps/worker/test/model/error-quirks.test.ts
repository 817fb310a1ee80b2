import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { serve } from './stream-server.ts';

const KEY = 'local-key-0123456789';

/** Makes a call to a server that answers with an error, after one that was answered, as from a right address. */
async function failureOf(status: number, body: string | Buffer, headers: Record<string, string> = {}) {
  let calls = 0;
  const { callModel, failure } = await serve(
    (response) => {
      if (++calls === 1)
        response.end('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n');
      else response.writeHead(status, headers).end(body);
    },
    { apiKey: KEY },
  );
  await callModel();
  return failure();
}

describe('the message of a failure quotes the reason of the server from', () => {
  test.each<[string, string | Buffer, Record<string, string>?]>([
    ['error.message', '{"error":{"message":"no such field"}}'],
    ['error as text', '{"error":"no such field"}'],
    ['a list', '[{"error":{"code":400,"message":"no such field","status":"INVALID_ARGUMENT"}}]'],
    [
      'message.detail of Mistral',
      '{"object":"error","message":{"detail":[{"msg":"no such field","loc":["body","n"]}]}}',
    ],
    ['detail as text', '{"detail":"no such field"}'],
    ['detail as a list', '{"detail":[{"loc":["body","n"],"msg":"no such field","type":"extra_forbidden"}]}'],
    ['details', '{"details":"no such field"}'],
    ['errors', '{"errors":[{"message":"no such field"}]}'],
    ['errors as texts', '{"success":false,"errors":["no such field"]}'],
    ['message', '{"object":"error","message":"no such field","code":40001}'],
    ['message and a short error', '{"statusCode":400,"error":"Bad Request","message":"no such field"}'],
    ['problem details', '{"title":"Bad Request","detail":"no such field"}'],
    ['JSON within text', '{"error":{"message":"{\\"error\\":{\\"message\\":\\"no such field\\"}}"}}'],
    [
      'metadata.raw',
      '{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\\"detail\\":\\"no such field\\"}"}}}',
    ],
    ['an event', 'data: {"error":{"message":"no such field"}}\n\n'],
    ['plain text', 'no such field\n', { 'content-type': 'text/plain' }],
    ['a JSON text', '"no such field"'],
    [
      'the title of a page',
      '<!DOCTYPE html><html><head><title>no such field</title></head><body>x</body></html>',
    ],
    ['the heading of a page', '<html><body><h1>no such field</h1><hr>nginx</body></html>'],
    ['the text of a page', '<html><style>p{}</style><body><p>no such <b>field</b></p></body></html>'],
    ['gzip', gzipSync('{"error":{"message":"no such field"}}'), { 'content-encoding': 'gzip' }],
    ['gzip of plain text', gzipSync('no such field'), { 'content-encoding': 'gzip' }],
    ['control characters', '{"error":{"message":"no \\u001b\\u202e such\\u0000\\nfield"}}'],
    ['a message with the key', `{"error":{"message":"no such field ${KEY}"}}`],
  ])('%s', async (_, body, headers) => {
    const { message, code } = await failureOf(400, body, headers);
    expect(code).toBe('request-rejected');
    expect(message.replace(/ +/g, ' ')).toContain('the model server rejected the request: ');
    expect(message.replace(/ +/g, ' ')).toContain('no such field');
    expect(message).not.toContain(KEY);
    expect(message).not.toMatch(/[\p{C}<>{}]/u);
  });

  test('a page of megabytes, in a short message', async () => {
    const { message } = await failureOf(400, `no such field ${'x'.repeat(2 ** 21)}`);
    expect(message).toMatch(/no such field x+…$/);
    expect(message.length).toBeLessThan(260);
  });
});

const or = (error: object) => JSON.stringify({ error });
describe('the kind of a failure is judged by the status, then by the codes', () => {
  test.each<[string, number, string, object]>([
    [
      '413 with rate_limit_exceeded (Groq)',
      413,
      or({ message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' }),
      { intent: 'nextModel', code: 'too-long' },
    ],
    [
      '402 that asks for fewer max_tokens',
      402,
      or({
        code: 402,
        message:
          'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 100.',
      }),
      { intent: 'nextModel', code: 'request-rejected' },
    ],
    [
      '402 without credit',
      402,
      or({ code: 402, message: 'Insufficient credits' }),
      { intent: 'failRun', code: 'no-credit' },
    ],
    [
      '402 for credit of running calls',
      402,
      or({ code: 402, metadata: { limit_source: 'openrouter_in_flight_budget', retry_after_seconds: 3 } }),
      { intent: 'retry', code: 'rate-limited', retryAfterMs: 3_000 },
    ],
    [
      '400 API_KEY_INVALID (Gemini)',
      400,
      '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]',
      { intent: 'failRun', code: 'key-rejected' },
    ],
    [
      '400 for a key, without a code',
      400,
      or({ message: 'API key expired. Please renew the API key.' }),
      { intent: 'failRun', code: 'key-rejected' },
    ],
    [
      '401 with a code of something else',
      401,
      or({ code: 'rate_limit_exceeded' }),
      { intent: 'failRun', code: 'key-rejected' },
    ],
    ['429 with a server_error', 429, or({ code: 'server_error' }), { intent: 'retry', code: 'rate-limited' }],
    [
      '429 RESOURCE_EXHAUSTED (Gemini)',
      429,
      '[{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED"}}]',
      { intent: 'retry', code: 'rate-limited' },
    ],
    [
      '404 for a model',
      404,
      or({ message: 'model "llama3" not found, try pulling it first' }),
      { intent: 'nextModel', code: 'no-such-model' },
    ],
    [
      '502 with metadata.error_type',
      502,
      or({ code: 502, metadata: { error_type: 'context_length_exceeded' } }),
      { intent: 'nextModel', code: 'too-long' },
    ],
    [
      '503 while loading a model',
      503,
      or({ message: 'Loading model', type: 'unavailable_error', code: 503 }),
      { intent: 'retry', code: 'overloaded' },
    ],
    [
      'availability.retryable false',
      503,
      or({ availability: { retryable: false } }),
      { intent: 'nextModel', code: 'overloaded' },
    ],
    [
      'availability.retryable true',
      400,
      or({ availability: { retryable: true, retry_after: 2 } }),
      { intent: 'retry', code: 'request-rejected', retryAfterMs: 2_000 },
    ],
  ])('%s', async (_, status, body, expected) => {
    expect(await failureOf(status, body)).toMatchObject(expected);
  });
});

const HOUR = 3_600_000;
describe('the retry delay is stated by', () => {
  const inAnHour = (hours: number) => new Date(Date.now() + hours * HOUR).toUTCString();
  test.each<[string, Record<string, string>, string, number | undefined]>([
    ['Retry-After in seconds', { 'retry-after': '7' }, '', 7_000],
    ['Retry-After as a duration', { 'retry-after': '7s' }, '', 7_000],
    ['retry-after-ms before Retry-After', { 'retry-after-ms': '350', 'retry-after': '1' }, '', 350],
    ['retryDelay of Gemini', {}, '[{"error":{"details":[{"@type":"x"},{"retryDelay":"8.1s"}]}}]', 8_100],
    [
      'a message',
      {},
      '{"error":{"message":"Rate limit reached. Please try again in 8.1s. Visit us."}}',
      8_100,
    ],
    ['a message in minutes', {}, '{"error":{"message":"Please try again in 7m12.5s."}}', 432_500],
    ['a message in ms', {}, '{"error":{"message":"Please try again in 250ms"}}', 250],
    ['a message in words', {}, '{"detail":"Too many requests, retry after 2 minutes"}', 120_000],
    ['availability.retry_after', {}, or({ availability: { retry_after: 4 } }), 4_000],
    ['retry_after', {}, '{"message":"You are being rate limited.","retry_after":1.5}', 1_500],
    [
      'the reset of spent requests',
      { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m6s' },
      '',
      66_000,
    ],
    ['years, capped at an hour', { 'retry-after': '99999999' }, '', HOUR],
    ['a date in years, capped at an hour', { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, '', HOUR],
    ['a reset in years, capped at an hour', { 'x-ratelimit-reset': '99999999999999' }, '', HOUR],
    [
      'an hour of a daily limit',
      { 'retry-after': String(10 * 3_600) },
      or({ message: 'Rate limit exceeded: free-models-per-day' }),
      10 * HOUR,
    ],
    [
      'years of a daily limit, capped at a day',
      { 'retry-after': '99999999' },
      or({ message: 'limit of requests per day (RPD)' }),
      24 * HOUR,
    ],
    ['nothing negative', { 'retry-after': '-5', 'retry-after-ms': '-1' }, '', undefined],
    [
      'no NaN',
      { 'retry-after': 'NaN', 'x-ratelimit-reset': 'Infinity' },
      or({ metadata: { retry_after_seconds: null } }),
      undefined,
    ],
    ['no absurd number', { 'retry-after': '9'.repeat(400) }, '', undefined],
  ])('%s', async (_, headers, body, expected) => {
    const failure = await failureOf(429, body, headers);
    expect([failure.code, failure.retryAfterMs]).toEqual(['rate-limited', expected]);
    expect(failure.isDailyLimit ?? false).toBe((expected ?? 0) > HOUR);
  });

  test('a date', async () => {
    const { retryAfterMs = 0 } = await failureOf(429, '', { 'retry-after': inAnHour(0.5) });
    expect(retryAfterMs).toBeGreaterThan(0.4 * HOUR);
    expect(retryAfterMs).toBeLessThanOrEqual(0.5 * HOUR);
  });

  test('a reset time in ms', async () => {
    const reset = String(Date.now() + HOUR / 2);
    const { retryAfterMs = 0 } = await failureOf(429, '', { 'x-ratelimit-reset': reset });
    expect(retryAfterMs).toBeGreaterThan(0.4 * HOUR);
    expect(retryAfterMs).toBeLessThanOrEqual(0.5 * HOUR);
  });
});
