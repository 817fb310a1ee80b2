import { raw, rawGet } from '@codegen/testing/api/raw-request';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { fails } from '@codegen/testing/models/replies';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

const calls = () => service.models.calls.length;

describe('before any work', () => {
  test.each([
    ['If-Match: *', 'precondition-failed', 412],
    ['If-Match: "x"', 'precondition-failed', 412],
    ['If-Unmodified-Since: Mon, 23 Nov 2026 06:00:00 GMT', 'precondition-failed', 412],
    ['Expect: a-miracle', 'expectation-failed', 417],
    ['Host: y', 'malformed-request', 400],
  ] as const)('a request with %s gets %s', async (header, type, status) => {
    const before = calls();
    expectProblem(await rawGet(service.url, '/generate?query=hello', header), type, status);
    expect(calls()).toBe(before);
  });

  test('a request without Host gets malformed-request', async () => {
    const reply = await raw(service.url, 'GET /generate?query=x HTTP/1.1\r\nConnection: close\r\n\r\n');
    expectProblem(reply, 'malformed-request', 400);
  });
});

test('a request of HTTP/1.0 needs no Host', async () => {
  expect((await raw(service.url, 'GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200);
});

test.each([
  'If-None-Match: *',
  'If-None-Match: "x"',
  'If-Modified-Since: Mon, 23 Nov 2099 06:00:00 GMT',
  'Range: bytes=0-3',
  'Expect: 100-continue',
])('ignores %s: the whole result is sent', async (header) => {
  const path = `/generate?query=${encodeURIComponent(header)}`;
  const reply = await raw(
    service.url,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`,
  );
  // An interim response may come first.
  const body = reply.status === 100 ? reply.body : JSON.stringify(reply.json);
  expect([200, 100]).toContain(reply.status);
  if (reply.status === 200) expect(body).toContain('"code"');
  for (const file of ['/docs', '/docs/swagger-ui.css', '/openapi.json'])
    expect((await rawGet(service.url, file, header)).status, file).toBeOneOf([200, 100]);
});

test('HEAD is answered where GET changes nothing', async () => {
  const job = await service.begin();
  for (const path of [
    '/',
    '/jobs',
    job,
    '/threads',
    '/docs',
    '/openapi.json',
    '/problems/unknown-job',
    '/healthz',
  ]) {
    const response = await fetch(`${service.url}${path}`, { method: 'HEAD' });
    expect(response.status, path).toBe(200);
    expect(await response.text()).toBe('');
  }
  for (const path of ['/generate?query=x', `${job}/events`])
    expect((await fetch(`${service.url}${path}`, { method: 'HEAD' })).status, path).toBe(405);
});

test('a failed job that is replayed by its idempotency key says so', async () => {
  const classify = fails({ intent: 'failRun', code: 'key-rejected', message: 'no' });
  await using failing = await startService({ replies: { classify } });
  const send = () =>
    fetch(`${failing.url}/generate?query=x`, { headers: { 'Idempotency-Key': 'a-key' } }).then(
      async (response) => ({
        replayed: response.headers.get('Idempotent-Replayed'),
        problem: (await response.json()) as { detail: string },
      }),
    );
  const first = await send();
  expect(first.replayed).toBeNull();
  expect(first.problem.detail).not.toContain('Idempotency-Key');
  const second = await send();
  expect(second.replayed).toBe('true');
  expect(second.problem.detail).toMatch(/an earlier request with this Idempotency-Key\. Use a new key/);
});
