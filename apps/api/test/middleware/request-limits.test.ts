import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, rawGet } from '../raw-request.ts';
import { JSON_TYPE, send } from '../send.ts';
import { expectProblem, type Service, startService } from '../service.ts';

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

test.each([101, 1_500, 5_000])('%i headers are too many, though short', async (count) => {
  const headers = Array.from({ length: count }, (_, index) => `X-${index}: 1`);
  const reply = await rawGet(service.url, '/jobs', ...headers);
  expectProblem(reply, 'headers-too-large', 431);
  expect(reply.headers.get('Connection')).toBe('close');
});

test('a body of JSON that is small and endless in parts is refused before it is looked at', async () => {
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
  'a body where none is read is no way around the limit: %s',
  async (path) => {
    const head = [`GET ${path} HTTP/1.1`, 'Host: x', 'Content-Length: 100000', '', ''].join('\r\n');
    expectProblem(await raw(service.url, head), 'body-too-large', 413);
  },
);

describe('a body', () => {
  const head = (...lines: readonly string[]) =>
    ['GET /nothing HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n');

  test('that is announced as too large is refused before it is sent', async () => {
    const reply = await raw(service.url, head(`Content-Length: ${10 ** 9}`));
    expectProblem(reply, 'body-too-large', 413);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('whose length nobody can know is refused before it is sent', async () => {
    const reply = await raw(service.url, head('Transfer-Encoding: chunked'));
    expectProblem(reply, 'body-too-large', 413);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('that is small is ignored', async () => {
    const reply = await raw(service.url, `${head('Content-Length: 5', 'Connection: close')}hello`);
    expectProblem(reply, 'unknown-path', 404);
  });

  test('with a length that is no number is no HTTP', async () => {
    expectProblem(await raw(service.url, head('Content-Length: many')), 'malformed-request', 400);
  });
});

describe('headers', () => {
  test('beyond the limit are refused', async () => {
    const reply = await rawGet(service.url, '/healthz', `X-Long: ${'x'.repeat(200_000)}`);
    expectProblem(reply, 'headers-too-large', 431);
  });

  test('with a URL beyond the limit are refused', async () => {
    const reply = await rawGet(service.url, `/generate?query=${'x'.repeat(200_000)}`);
    expectProblem(reply, 'headers-too-large', 431);
  });

  test.each([
    ['without a host', 'GET /generate?query=hello HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['with an expectation', 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: luck\r\n\r\n', 417],
  ])('%s are refused by Node itself', async (_, bytes, status) => {
    expect((await raw(service.url, bytes)).status).toBe(status);
  });

  test('that ask for another protocol get HTTP', async () => {
    const reply = await rawGet(service.url, '/healthz', 'Upgrade: websocket');
    expect(reply.status).toBe(200);
  });
});
