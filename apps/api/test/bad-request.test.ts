import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, rawGet } from './raw-request.ts';
import { expectProblem, type Service, startService } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  expect(service.models.calls, 'a refused request starts no run').toEqual([]);
  await service[Symbol.asyncDispose]();
});

describe('a method other than GET', () => {
  const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];

  test.each(METHODS)('%s is refused with the methods that are allowed', async (method) => {
    const reply = await raw(
      service.url,
      `${method} /generate?query=hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expectProblem(reply, 'method-not-allowed', 405);
    expect(reply.headers.get('Allow')).toBe('GET');
  });

  test('HEAD /generate starts no run', async () => {
    const response = await fetch(`${service.url}/generate?query=hello`, { method: 'HEAD' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('GET');
    expect(await response.text()).toBe('');
  });

  test('a form with the query in its body is refused', async () => {
    const response = await fetch(`${service.url}/generate`, {
      method: 'POST',
      body: new URLSearchParams({ query: 'x' }),
    });
    expect(response.status).toBe(405);
  });
});

describe('an unknown path', () => {
  test.each([
    '/nothing',
    '/generate/more?query=x',
    '//generate?query=x',
    '/%2Fgenerate?query=x',
    '/gen%00erate?query=x',
    '/.env',

    '/problems',
    '/<script>alert(1)</script>',
    `/${'x'.repeat(10_000)}`,
    '/nothing?query=%ff',
  ])('%s is told so', async (path) => {
    const reply = await rawGet(service.url, path);
    expectProblem(reply, 'unknown-path', 404);
    expect(reply.body.length).toBeLessThan(500);
  });

  test.each(['/jobs/%zz', '/jobs/%ff', '/problems/%', '/jobs/%ED%A0%80'])(
    '%s cannot be decoded',
    async (path) => {
      expectProblem(await rawGet(service.url, path), 'invalid-encoding', 400);
    },
  );
});

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

describe('what is not HTTP', () => {
  test.each([
    ['a greeting', 'HELO there\r\n\r\n'],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a space in the URL', 'GET /generate?query=a b HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['letters beyond ASCII in the URL', 'GET /generate?query=grüße HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['bytes that are no UTF-8', Buffer.from('GET /?query=caf\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1')],
    ['a NUL in the URL', 'GET /jobs/\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: x\r\nPrefer: wait=\0\r\n\r\n'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ])('is told so: %s', async (_, bytes) => {
    const reply = await raw(service.url, bytes);
    expectProblem(reply, 'malformed-request', 400);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('and comes after a request does not spoil it', async () => {
    const reply = await raw(service.url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ status: 'alive' });
  });
});
