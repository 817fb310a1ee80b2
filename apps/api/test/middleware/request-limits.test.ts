import { raw, rawGet } from '@codegen/testing/api/raw-request';
import { JSON_TYPE, send } from '@codegen/testing/api/requests';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let service: Service;
beforeAll(async () => {
  service = await startService({ worker: false });
  await service.begin();
});
afterAll(async () => {
  expect((await service.get('/jobs')).json.jobs, 'a refused request changes nothing').toMatchObject([
    { status: 'queued' },
  ]);
  await service[Symbol.asyncDispose]();
});

test.each([101, 1_500, 5_000])('rejects %i headers', async (count) => {
  const headers = Array.from({ length: count }, (_, index) => `X-${index}: 1`);
  const reply = await rawGet(service.url, '/jobs', ...headers);
  expectProblem(reply, 'headers-too-large', 431);
  expect(reply.headers.get('Connection')).toBe('close');
});

test('rejects a JSON body with too many values before validation', async () => {
  const filled = (item: string) =>
    Array(Math.floor(1_000_000 / (item.length + 1)))
      .fill(item)
      .join();
  const named = Array.from({ length: 80_000 }, (_, index) => `"${index}":0`).join();
  for (const body of [
    `{"messages":[${filled('{}')}]}`,
    `{"messages":[${filled('0')}]}`,
    `{"query":"x","metadata":{${named}}}`,
    `{${named}}`,
    `[${filled('[]')}]`,
  ]) {
    const reply = await send(service, 'POST', '/jobs', body, JSON_TYPE);
    expectProblem(reply, 'invalid-job-request', 422);
    expect(reply.json.detail).toContain('2000 values');
  }
});

test.each(['/jobs', '/JOBS', '/jobs/', '/Generate', `/jobs/${'%20'}`])(
  'rejects a large body that the route ignores: %s',
  async (path) => {
    const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Content-Length: 100000', '', ''].join('\r\n');
    expectProblem(await raw(service.url, head), 'body-too-large', 413);
  },
);

describe('a body', () => {
  const head = (...lines: readonly string[]) =>
    ['GET /nothing HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');

  test('is rejected by its Content-Length before it is sent', async () => {
    const reply = await raw(service.url, head(`Content-Length: ${10 ** 9}`));
    expectProblem(reply, 'body-too-large', 413);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('is ignored if small', async () => {
    const reply = await raw(service.url, `${head('Content-Length: 5', 'Connection: close')}hello`);
    expectProblem(reply, 'unknown-path', 404);
  });

  test('is rejected as malformed if its Content-Length is not a number', async () => {
    expectProblem(await raw(service.url, head('Content-Length: many')), 'malformed-request', 400);
  });
});

describe('headers', () => {
  test('are rejected beyond the limit', async () => {
    const reply = await rawGet(service.url, '/healthz', `X-Long: ${'x'.repeat(200_000)}`);
    expectProblem(reply, 'headers-too-large', 431);
  });

  test('are rejected together with a URL beyond the limit', async () => {
    const reply = await rawGet(service.url, `/generate?query=${'x'.repeat(200_000)}`);
    expectProblem(reply, 'headers-too-large', 431);
  });

  test.each([
    ['without a host', 'GET /generate?query=hello HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['with an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: luck\r\n\r\n', 417],
  ])('%s are rejected by Node', async (_, bytes, status) => {
    expect((await raw(service.url, bytes)).status).toBe(status);
  });

  test('with an upgrade get an ordinary response', async () => {
    const reply = await rawGet(service.url, '/healthz', 'Upgrade: websocket');
    expect(reply.status).toBe(200);
  });
});
