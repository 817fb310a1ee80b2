import { describe, expect, test } from 'vitest';
import { type ErrorReply, failureOfReply, modelFailure } from '../../src/model/failures.ts';

const NOW = Date.UTC(2026, 10, 1);
const KEY = 'local-key-0123456789';

const classify = (reply: Partial<ErrorReply>) => {
  const { intent, code, retryAfterMs } = failureOfReply({ key: KEY, now: NOW, ...reply });
  return retryAfterMs === undefined ? [intent, code] : [intent, code, retryAfterMs];
};
const headers = (entries: Record<string, string>) => new Headers(entries);

describe('an HTTP status', () => {
  test.each([
    [400, 'nextModel', 'request-rejected'],
    [401, 'failRun', 'key-rejected'],
    [402, 'failRun', 'no-credit'],
    [403, 'nextModel', 'request-rejected'],
    [404, 'nextModel', 'no-such-model'],
    [405, 'nextModel', 'request-rejected'],
    [408, 'retry', 'timeout'],
    [413, 'nextModel', 'too-long'],
    [422, 'nextModel', 'request-rejected'],
    [429, 'retry', 'rate-limited'],
    [500, 'retry', 'upstream-error'],
    [502, 'retry', 'overloaded'],
    [503, 'retry', 'overloaded'],
    [504, 'retry', 'timeout'],
    [520, 'retry', 'upstream-error'],
    [524, 'retry', 'timeout'],
    [529, 'retry', 'overloaded'],
  ])('%i is %s, %s, with or without a body', (status, intent, code) => {
    expect(classify({ status })).toEqual([intent, code]);
    expect(classify({ status, error: { code: status, message: 'no' } })).toEqual([intent, code]);
  });
});

describe('classifies an error within a 200', () => {
  test.each([
    [{ code: 429, message: 'slow down' }, ['retry', 'rate-limited']],
    [{ code: '502', message: 'bad gateway' }, ['retry', 'overloaded']],
    [{ code: 'server_error', message: 'disconnected' }, ['retry', 'upstream-error']],
    [{ code: 'rate_limit_exceeded' }, ['retry', 'rate-limited']],
    [{ code: 'something_new', message: 'hm' }, ['retry', 'upstream-error']],
    [{ code: 403, metadata: { flagged_input: '…' } }, ['nextModel', 'refused']],
    [{ code: 418 }, ['nextModel', 'request-rejected']],
    [{ code: null, message: 7 }, ['retry', 'upstream-error']],
    ['plain words', ['retry', 'upstream-error']],
    [{ message: "This model's maximum context length is 8192 tokens" }, ['nextModel', 'too-long']],
  ])('%j', (error, expected) => {
    expect(classify({ error })).toEqual(expected);
  });
});

describe('the error type takes precedence over the status', () => {
  test.each([
    [502, { metadata: { error_type: 'context_length_exceeded' } }, ['nextModel', 'too-long']],
    [400, { metadata: { error_type: 'rate_limit_exceeded' } }, ['retry', 'rate-limited']],
    [400, { metadata: { error_type: 'provider_overloaded' } }, ['retry', 'overloaded']],
    [500, { metadata: { error_type: 'provider_unavailable' } }, ['retry', 'overloaded']],
    [500, { metadata: { error_type: 'timeout' } }, ['retry', 'timeout']],
    [400, { metadata: { error_type: 'refusal' } }, ['nextModel', 'refused']],
    [502, { metadata: { error_type: 'unmapped' } }, ['retry', 'overloaded']],
    [400, { code: 'context_length_exceeded' }, ['nextModel', 'too-long']],
    [400, { code: 400, type: 'exceed_context_size_error' }, ['nextModel', 'too-long']],
    [400, { message: "This model's maximum context length is 8192 tokens" }, ['nextModel', 'too-long']],
    [429, { code: 'insufficient_quota' }, ['failRun', 'no-credit']],
  ])('%i %j', (status, error, expected) => {
    expect(classify({ status, error })).toEqual(expected);
  });
});

describe('temporary and permanent errors', () => {
  test('a 402 is temporary when running requests reserve the credit', () => {
    const error = { code: 402, metadata: { limit_source: 'openrouter_in_flight_budget' } };
    expect(classify({ status: 402, error })).toEqual(['retry', 'rate-limited']);
    expect(classify({ status: 402, headers: headers({ 'retry-after': '3' }) })).toEqual([
      'retry',
      'rate-limited',
      3_000,
    ]);
    expect(classify({ status: 402, error: { metadata: { limit_source: 'openrouter_credits' } } })).toEqual([
      'failRun',
      'no-credit',
    ]);
  });

  test.each([429, 402])('insufficient_quota with status %i is permanent despite Retry-After', (status) => {
    const reply = { status, headers: headers({ 'retry-after': '3' }) };
    for (const error of [
      { code: 'insufficient_quota' },
      { type: 'insufficient_quota' },
      { code: 'insufficient_quota', type: 'rate_limit_exceeded' },
      { code: 'insufficient_quota', metadata: { error_type: 'payment_required' } },
    ])
      expect(classify({ ...reply, error }).slice(0, 2)).toEqual(['failRun', 'no-credit']);
  });

  test('a 403 is a refusal, an exhausted limit, or specific to the model', () => {
    expect(classify({ status: 403, error: { metadata: { reasons: ['violence'] } } })).toEqual([
      'nextModel',
      'refused',
    ]);
    const type = 'content_policy_violation';
    expect(classify({ status: 403, error: { metadata: { error_type: type } } })).toEqual([
      'nextModel',
      'refused',
    ]);
    const spent = { metadata: { limit_source: 'openrouter_key_limit' } };
    expect(classify({ status: 403, error: spent })).toEqual(['failRun', 'no-credit']);
    const permission = { metadata: { error_type: 'permission_denied' } };
    expect(classify({ status: 403, error: permission })).toEqual(['nextModel', 'request-rejected']);
  });

  test('an error that is marked as not retryable is not retried', () => {
    const error = { availability: { retryable: false, retry_after: null } };
    expect(classify({ status: 503, error })).toEqual(['nextModel', 'overloaded']);
    expect(classify({ status: 401, error })).toEqual(['failRun', 'key-rejected']);
    expect(classify({ status: 503, error: { availability: { retryable: true } } })).toEqual([
      'retry',
      'overloaded',
    ]);
  });
});

describe('the retry delay', () => {
  const delayOf = (reply: Partial<ErrorReply>) =>
    failureOfReply({ status: 429, key: KEY, now: NOW, ...reply }).retryAfterMs;

  test.each([
    ['7', 7_000],
    ['1.5', 1_500],
    ['0', 0],
    [new Date(NOW + 90_000).toUTCString(), 90_000],
    [new Date(NOW - 90_000).toUTCString(), 0],
    ['soon', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('is parsed from Retry-After: %s', (value, expected) => {
    expect(delayOf({ headers: headers({ 'retry-after': value }) })).toBe(expected);
  });

  test('is read from the body without such a header', () => {
    expect(delayOf({ error: { availability: { retry_after: 4 } } })).toBe(4_000);
    expect(delayOf({ error: { metadata: { retry_after_seconds: 16.007 } } })).toBe(16_007);
    expect(delayOf({ error: { metadata: { headers: { 'Retry-After': '17' } } } })).toBe(17_000);
    expect(delayOf({ error: { metadata: { headers: { 'X-RateLimit-Reset': String(NOW + 5_000) } } } })).toBe(
      5_000,
    );
    expect(delayOf({ error: { metadata: null, availability: null } })).toBeUndefined();
  });

  test('is the time until X-RateLimit-Reset, in ms or seconds since the epoch', () => {
    expect(delayOf({ headers: headers({ 'x-ratelimit-reset': String(NOW + 60_000) }) })).toBe(60_000);
    expect(delayOf({ headers: headers({ 'x-ratelimit-reset': String(NOW / 1_000 + 60) }) })).toBe(60_000);
    expect(delayOf({ headers: headers({ 'x-ratelimit-reset': '3000000' }) })).toBeUndefined();
  });

  test('is X-RateLimit-Reset itself if that is a day at most, in seconds', () => {
    expect(delayOf({ headers: headers({ 'x-ratelimit-reset': '12' }) })).toBe(12_000);
  });
});

describe('the message', () => {
  const messageOf = (message: unknown) =>
    failureOfReply({ status: 400, error: { message }, key: KEY, now: NOW }).message;
  const prefix = 'the model server rejected the request';

  test('is a fixed text, then the message of the server on one line', () => {
    expect(messageOf('max_tokens\r\n\tis\u0000 too\u202e large \u001b[31m')).toBe(
      `${prefix}: max_tokens is too large [31m`,
    );
    expect(messageOf({ nested: true })).toBe(prefix);
    expect(failureOfReply({ status: 400, error: 'a bare string', key: null, now: NOW }).message).toBe(
      `${prefix}: a bare string`,
    );
  });

  test('is short and well-formed', () => {
    const message = messageOf('😀'.repeat(500));
    expect(message.length).toBeLessThanOrEqual(prefix.length + 2 + 200);
    expect(message.isWellFormed()).toBe(true);
  });

  test('contains no key', () => {
    const text = `key ${KEY} or sk-or-v1-abcdef in "sk-proj-x", or Bearer ${'t'.repeat(40)}; a risk-free task-list`;
    expect(messageOf(text)).toBe(`${prefix}: key … or sk-… in "sk-…", or Bearer …; a risk-free task-list`);
    expect(messageOf(`${'x'.repeat(190)} sk-or-v1-${'a'.repeat(64)}`)).not.toContain('a');
  });

  test('contains no further occurrence of the key', () => {
    expect(messageOf(`${KEY}, ${KEY} and "${KEY}${KEY}"`)).toBe(`${prefix}: …, … and "……"`);
    expect(messageOf('key sk-or-v1-abcdef or sk-or-v1-ghijkl')).toBe(`${prefix}: key sk-… or sk-…`);
  });

  test('includes the detail of a failure found by the client', () => {
    expect(modelFailure('timeout', '30 s')).toEqual({
      intent: 'retry',
      code: 'timeout',
      message: 'the model did not answer in time: 30 s',
    });
  });
});
