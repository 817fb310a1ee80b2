import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { raw, rawGet } from '@codegen/testing/api/raw-request';
import { expectProblem, type Service, startService } from '@codegen/testing/api/service';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sendClientError } from '../../src/http/server.ts';

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

  test.each(METHODS)('%s gets 405 with the allowed methods', async (method) => {
    const reply = await raw(
      service.url,
      `${method} /generate?query=hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expectProblem(reply, 'method-not-allowed', 405);
    expect(reply.headers.get('Allow')).toBe('GET');
  });

  test('HEAD /generate starts no job', async () => {
    const response = await fetch(`${service.url}/generate?query=hello`, { method: 'HEAD' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('GET');
    expect(await response.text()).toBe('');
  });

  test('POST with a form gets 405', async () => {
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
  ])('gets 404: %s', async (path) => {
    const reply = await rawGet(service.url, path);
    expectProblem(reply, 'unknown-path', 404);
    expect(reply.body.length).toBeLessThan(500);
  });

  test.each(['/jobs/%zz', '/jobs/%ff', '/problems/%', '/jobs/%ED%A0%80'])(
    'gets 400 if it cannot be decoded: %s',
    async (path) => {
      expectProblem(await rawGet(service.url, path), 'invalid-encoding', 400);
    },
  );
});

describe('a request that is not HTTP', () => {
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
  ])('gets 400: %s', async (_, bytes) => {
    const reply = await raw(service.url, bytes);
    expectProblem(reply, 'malformed-request', 400);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('does not affect the valid request before it', async () => {
    const reply = await raw(service.url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ status: 'alive' });
  });
});

describe('sendClientError', () => {
  let server: Server;
  afterEach(() => void server.close());

  /** A server that answers every connection with an error code of Node. */
  async function refusing(code: string, times = 1): Promise<string> {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', () => {
        for (let i = 0; i < times; i++)
          sendClientError(Object.assign(new Error('refused'), { code }), socket);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['HPE_HEADER_OVERFLOW', 'headers-too-large', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout', 408],
    ['HPE_INVALID_METHOD', 'malformed-request', 400],
    ['HPE_INVALID_CHUNK_SIZE', 'malformed-request', 400],
  ])('answers %s with %s', async (code, type, status) => {
    const reply = await raw(await refusing(code), 'hello');
    expectProblem(reply, type, status);
    expect(reply.headers.get('Connection')).toBe('close');
  });

  test('sends the response to the first error when a second follows', async () => {
    expectProblem(await raw(await refusing('HPE_INVALID_METHOD', 2), 'hello'), 'malformed-request', 400);
  });

  test('closes the connection if the client does not', async () => {
    const { hostname, port } = new URL(await refusing('HPE_INVALID_METHOD'));
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const [socket] = await once(server, 'connection');
    client.resume().write('hello');
    await once(client, 'end');
    await once(socket, 'close');
    client.destroy();
  });
});
