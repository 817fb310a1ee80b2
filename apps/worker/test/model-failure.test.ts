import { describe, expect, test } from 'vitest';
import { type Complaint, failureOf, modelFailure } from '../src/model-failure.ts';

const NOW = Date.UTC(2026, 10, 1);
const KEY = 'local-key-0123456789';

const judge = (complaint: Partial<Complaint>) => {
  const { intent, code, retryAfterMs } = failureOf({ key: KEY, now: NOW, ...complaint });
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
  ])('%i means %s, %s, with or without a body', (status, intent, code) => {
    expect(judge({ status })).toEqual([intent, code]);
    expect(judge({ status, error: { code: status, message: 'no' } })).toEqual([intent, code]);
  });
});

describe('an error within a 200', () => {
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
    expect(judge({ error })).toEqual(expected);
  });
});

describe('a word of the error wins over its status', () => {
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
    expect(judge({ status, error })).toEqual(expected);
  });
});

describe('what can pass and what cannot', () => {
  test('a 402 for money that running requests hold passes', () => {
    const error = { code: 402, metadata: { limit_source: 'openrouter_in_flight_budget' } };
    expect(judge({ status: 402, error })).toEqual(['retry', 'rate-limited']);
    expect(judge({ status: 402, headers: headers({ 'retry-after': '3' }) })).toEqual([
      'retry',
      'rate-limited',
      3_000,
    ]);
    expect(judge({ status: 402, error: { metadata: { limit_source: 'openrouter_credits' } } })).toEqual([
      'failRun',
      'no-credit',
    ]);
  });

  test('a 403 is a refusal, a spent limit, or a matter of this model', () => {
    expect(judge({ status: 403, error: { metadata: { reasons: ['violence'] } } })).toEqual([
      'nextModel',
      'refused',
    ]);
    const type = 'content_policy_violation';
    expect(judge({ status: 403, error: { metadata: { error_type: type } } })).toEqual([
      'nextModel',
      'refused',
    ]);
    const spent = { metadata: { limit_source: 'openrouter_key_limit' } };
    expect(judge({ status: 403, error: spent })).toEqual(['failRun', 'no-credit']);
    const permission = { metadata: { error_type: 'permission_denied' } };
    expect(judge({ status: 403, error: permission })).toEqual(['nextModel', 'request-rejected']);
  });

  test('an error that says it is final is not tried again', () => {
    const error = { availability: { retryable: false, retry_after: null } };
    expect(judge({ status: 503, error })).toEqual(['nextModel', 'overloaded']);
    expect(judge({ status: 401, error })).toEqual(['failRun', 'key-rejected']);
    expect(judge({ status: 503, error: { availability: { retryable: true } } })).toEqual([
      'retry',
      'overloaded',
    ]);
  });
});

describe('how long to wait', () => {
  const asked = (complaint: Partial<Complaint>) =>
    failureOf({ status: 429, key: KEY, now: NOW, ...complaint }).retryAfterMs;

  test.each([
    ['7', 7_000],
    ['1.5', 1_500],
    ['0', 0],
    [new Date(NOW + 90_000).toUTCString(), 90_000],
    [new Date(NOW - 90_000).toUTCString(), 0],
    ['soon', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('Retry-After: %s', (value, expected) => {
    expect(asked({ headers: headers({ 'retry-after': value }) })).toBe(expected);
  });

  test('the body may say it too', () => {
    expect(asked({ error: { availability: { retry_after: 4 } } })).toBe(4_000);
    expect(asked({ error: { metadata: { retry_after_seconds: 16.007 } } })).toBe(16_007);
    expect(asked({ error: { metadata: { headers: { 'Retry-After': '17' } } } })).toBe(17_000);
    expect(asked({ error: { metadata: { headers: { 'X-RateLimit-Reset': String(NOW + 5_000) } } } })).toBe(
      5_000,
    );
    expect(asked({ error: { metadata: null, availability: null } })).toBeUndefined();
  });

  test('a reset is a time, in milliseconds or seconds', () => {
    expect(asked({ headers: headers({ 'x-ratelimit-reset': String(NOW + 60_000) }) })).toBe(60_000);
    expect(asked({ headers: headers({ 'x-ratelimit-reset': String(NOW / 1_000 + 60) }) })).toBe(60_000);
    expect(asked({ headers: headers({ 'x-ratelimit-reset': '12' }) })).toBeUndefined();
  });
});

describe('the message', () => {
  const messageOf = (message: unknown) =>
    failureOf({ status: 400, error: { message }, key: KEY, now: NOW }).message;
  const words = 'the model server rejected the request';

  test('is ours, then theirs on one line', () => {
    expect(messageOf('max_tokens\r\n\tis\u0000 too\u202e large \u001b[31m')).toBe(
      `${words}: max_tokens is too large [31m`,
    );
    expect(messageOf({ nested: true })).toBe(words);
    expect(failureOf({ status: 400, error: 'a bare string', key: null, now: NOW }).message).toBe(
      `${words}: a bare string`,
    );
  });

  test('is short and well formed', () => {
    const message = messageOf('😀'.repeat(500));
    expect(message.length).toBeLessThanOrEqual(words.length + 2 + 200);
    expect(message.isWellFormed()).toBe(true);
  });

  test('holds no key', () => {
    const said = `key ${KEY} or sk-or-v1-abcdef in "sk-proj-x", or Bearer ${'t'.repeat(40)}; a risk-free task-list`;
    expect(messageOf(said)).toBe(`${words}: key … or sk-… in "sk-…", or Bearer …; a risk-free task-list`);
    expect(messageOf(`${'x'.repeat(190)} sk-or-v1-${'a'.repeat(64)}`)).not.toContain('a');
  });

  test('of a failure found on this side', () => {
    expect(modelFailure('timeout', '30 s')).toEqual({
      intent: 'retry',
      code: 'timeout',
      message: 'the model did not answer in time: 30 s',
    });
  });
});
