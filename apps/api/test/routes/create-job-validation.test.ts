import { gzipSync } from 'node:zlib';
import { raw } from '@codegen/testing/api/raw-request';
import { JSON_TYPE, postJob, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  expect(service.models.calls, 'a refused request starts no run').toEqual([]);
  expect((await service.get('/jobs')).json).toEqual({ jobs: [], next: null });
  await service[Symbol.asyncDispose]();
});

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('a body of another media type', () => {
  test.each([
    ['none', {}],
    ['text', { 'Content-Type': 'text/plain' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['nearly JSON', { 'Content-Type': 'application/json5' }],
    ['JSON with a meaning of its own', { 'Content-Type': 'application/ld+json' }],
    ['JSON in Latin 1', { 'Content-Type': 'application/json; charset=iso-8859-1' }],
    ['JSON in UTF-16', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['compressed in no known way', { ...JSON_TYPE, 'Content-Encoding': 'squeeze' }],
  ])('is rejected: %s', async (_, headers) => {
    const body = Buffer.from('{"query": "x"}');
    expectProblem(await send(service, 'POST', '/jobs', body, headers), 'unsupported-media-type', 415);
  });

  test('is rejected if compressed', async () => {
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };
    for (const body of [gzipSync('{"query": "x"}'), Buffer.from('no gzip')])
      expectProblem(await send(service, 'POST', '/jobs', body, headers), 'unsupported-media-type', 415);
  });

  test('is rejected if absent', async () => {
    expectProblem(await send(service, 'POST', '/jobs'), 'unsupported-media-type', 415);
  });
});

describe('a body that is not JSON', () => {
  test.each([
    '',
    ' ',
    'hello',
    'query=hello',
    '{"query": "x"',
    "{'query': 'x'}",
    '{"query": "x"} {}',
    '{"query": "a\nb"}',
    '{"query": "\\x"}',
    '{"query": NaN}',
    deep(100_000).slice(1),
  ])('is rejected (%#)', async (body) => {
    expectProblem(await send(service, 'POST', '/jobs', body, JSON_TYPE), 'malformed-json', 400);
  });

  test.each(['caf\xe9', '\xed\xa0\x80', '\xc0\xaf'])('is rejected if not UTF-8: %j', async (text) => {
    const body = Buffer.from(`{"query": "${text}"}`, 'latin1');
    expectProblem(await send(service, 'POST', '/jobs', body, JSON_TYPE), 'malformed-json', 400);
  });

  test('is rejected if empty', async () => {
    const head = ['POST /jobs HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Type: application/json'];
    expectProblem(await raw(service.url, [...head, '', ''].join('\r\n')), 'malformed-json', 400);
  });
});

describe('a body that is too large', () => {
  const head = (...lines: readonly string[]) =>
    ['POST /jobs HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...lines, '', ''].join('\r\n');

  test.each([1024 * 1024 + 1, 2_000_000, 10 ** 12])(
    'is rejected before it is sent: %i bytes',
    async (bytes) => {
      const reply = await raw(service.url, head(`Content-Length: ${bytes}`));
      expectProblem(reply, 'body-too-large', 413);
      expect(reply.headers.get('Connection')).toBe('close');
    },
  );

  test('is rejected while it is sent', async () => {
    expectProblem(await postJob(service, { query: 'x'.repeat(2_000_000) }), 'body-too-large', 413);
  });
});

test.each([
  ['null', 'null'],
  ['a number', '5'],
  ['a text', '"hello"'],
  ['true', 'true'],
  ['a list', '[]'],
  ['a job in a list', '[{"query": "x"}]'],
  ['a deep list', deep(250_000)],
  ['a deep query', `{"query": ${deep(250_000)}}`],
  ['a deep field', `{"query": "x", "more": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
  ['a field for the prototype', '{"query": "x", "__proto__": {"wait": 5}}'],
  ['a query in the prototype', '{"__proto__": {"query": "x"}}'],
  ['a constructor', '{"query": "x", "constructor": {"prototype": {}}}'],
  ['a message with a prototype', '{"messages": [{"role": "user", "content": "x", "__proto__": {}}]}'],
  ['metadata with a prototype', '{"query": "x", "metadata": {"__proto__": "y"}}'],
  ['an endless wait', '{"query": "x", "wait": 1e999}'],
])('rejects a job request that is %s', async (_, body) => {
  const reply = await send(service, 'POST', '/jobs', body, JSON_TYPE);
  expectProblem(reply, 'invalid-job-request', 422);
  expect(reply.body.length).toBeLessThan(600);
});

test.each<[string, object, string]>([
  ['nothing', {}, 'query'],
  ['a query and messages', { query: 'x', messages: [user('x')] }, 'query'],
  ['the field of another API', { prompt: 'x' }, 'There is no field prompt. Did you mean query?'],
  ['a field in another spelling', { query: 'x', max_cost: 1 }, 'max_cost. Did you mean maxCostUsd?'],
  [
    'a field that resembles none',
    { query: 'x', temperature: 1 },
    'Use query, messages, previousJobId, files, metadata,',
  ],
  [
    'a misspelt field of a message',
    { messages: [{ role: 'user', contents: 'x' }] },
    'There is no field contents in messages.0. Did you mean content?',
  ],
  [
    'a field of a message in another API',
    { messages: [user('x'), assistant('y'), { author: 'user', content: 'x' }] },
    'There is no field author in messages.2. Did you mean role?',
  ],
  [
    'a field of a file in another API',
    { query: 'x', files: [{ path: 'a.py', content: '' }] },
    'There is no field path in files.0. Did you mean name?',
  ],
  [
    'a misspelt role',
    { query: 'x', models: { generators: ['a'] } },
    'There is no field generators in models. Did you mean generator?',
  ],
  [
    'a role in another spelling',
    { query: 'x', models: { instruct_tuned: ['a'] } },
    'There is no field instruct_tuned in models. Did you mean instructTuned?',
  ],
  [
    'a role that resembles none',
    { query: 'x', models: { planner: ['a'] } },
    'There is no field planner in models. Use classifier,',
  ],
  [
    'a field of a webhook in another API',
    { query: 'x', webhook: { uri: 'https://example.com' } },
    'There is no field uri in webhook. Did you mean url?',
  ],
  ['a field of any length', { query: 'x', ['y'.repeat(9_000)]: 1 }, 'y'],
  ['a query that is null', { query: null }, 'query'],
  ['a query that is a number', { query: 5 }, 'query'],
  ['a query that is a list', { query: ['x'] }, 'query'],
  ['a query that is an object', { query: { toString: 'x' } }, 'query'],
  ['messages that are a text', { messages: 'x' }, 'messages'],
  ['no message', { messages: [] }, 'messages'],
  ['a message that is null', { messages: [null] }, 'messages.0'],
  ['a message without text', { messages: [{ role: 'user' }] }, 'messages.0.content'],
  ['a message with empty text', { messages: [user('')] }, 'messages.0.content'],
  ['a message of parts', { messages: [user([{ type: 'text', text: 'x' }])] }, 'messages.0.content'],
  ['a message of nobody', { messages: [{ content: 'x' }] }, 'messages.0.role'],
  ['a message of the system', { messages: [{ role: 'system', content: 'x' }, user('x')] }, 'messages.0.role'],
  ['a message with more', { messages: [{ ...user('x'), name: 'y' }] }, 'messages.0'],
  ['a last message that is not the user’s', { messages: [user('x'), assistant('y')] }, 'messages'],
  ['too many messages', { messages: many(201, () => user('x')) }, 'messages'],
  ['metadata that are a list', { query: 'x', metadata: ['y'] }, 'metadata'],
  ['metadata that are null', { query: 'x', metadata: null }, 'metadata'],
  ['metadata with a number', { query: 'x', metadata: { a: 1 } }, 'metadata.a'],
  ['metadata with an object', { query: 'x', metadata: { a: {} } }, 'metadata.a'],
  ['metadata with a long text', { query: 'x', metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
  ['metadata with a long name', { query: 'x', metadata: { ['x'.repeat(65)]: 'y' } }, 'metadata'],
  ['metadata with a name that is empty', { query: 'x', metadata: { '': 'y' } }, 'metadata'],
  ['metadata with a name of two words', { query: 'x', metadata: { 'a b': 'y' } }, 'metadata'],
  ['too many metadata', { query: 'x', metadata: Object.fromEntries(many(17, (i) => [i, 'x'])) }, 'metadata'],
  ['a wait in the past', { query: 'x', wait: -1 }, 'wait'],
  ['a wait of half a second', { query: 'x', wait: 0.5 }, 'wait'],
  ['a wait of more than an hour', { query: 'x', wait: 3_601 }, 'wait'],
  ['a wait in words', { query: 'x', wait: '5' }, 'wait'],
  ['a wait that is null', { query: 'x', wait: null }, 'wait'],
])('rejects a job request with %s and names the field', async (_, job, where) => {
  const reply = await postJob(service, job);
  expectProblem(reply, 'invalid-job-request', 422);
  expect(reply.json.detail).toContain(where);
  expect(reply.json.detail.length).toBeLessThanOrEqual(300);
});

test.each([
  ['blank-query', ['', ' \t\n', '\u200b\u2060', '\ufeff']],
  ['unreadable-query', ['a\0b', '\x1b[31mred', 'a\x7f', 'a\x85', '\ud800', 'a\udfffb', '\udc00\ud800']],
  ['conversation-too-long', ['x'.repeat(8_001), '😀'.repeat(8_001), '\0'.repeat(8_001)]],
])('rejects a text as %s in the query and in any message', async (type, texts) => {
  for (const text of texts) {
    expectProblem(await postJob(service, { query: text }), type, 422);
    // The schema rejects an empty message.
    if (text === '') continue;
    expectProblem(await postJob(service, { messages: [user(text)] }), type, 422);
    expectProblem(await postJob(service, { messages: [assistant(text), user('x')] }), type, 422);
  }
});

test('rejects messages that are too long together', async () => {
  const reply = await postJob(service, { messages: many(9, () => user('😀'.repeat(889))) });
  expectProblem(reply, 'conversation-too-long', 422);
  expect(reply.json.detail).toContain('8001');
});

test.each<[string, Record<string, string>]>([
  ['malformed-preference', { Prefer: 'wait=soon' }],
  ['malformed-preference', { Prefer: 'wait' }],
  ['malformed-idempotency-key', { 'Idempotency-Key': '' }],
  ['malformed-idempotency-key', { 'Idempotency-Key': 'a b' }],
  ['malformed-idempotency-key', { 'Idempotency-Key': 'a, b' }],
  ['malformed-idempotency-key', { 'Idempotency-Key': 'é' }],
  ['malformed-idempotency-key', { 'Idempotency-Key': 'x'.repeat(256) }],
])('rejects headers as %s: %j', async (type, headers) => {
  expectProblem(await postJob(service, { query: 'x' }, headers), type, 400);
});
