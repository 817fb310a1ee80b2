import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendClientError } from '../src/http/http-server.ts';
import { raw } from './raw-request.ts';
import { expectProblem } from './service.ts';

let server: Server;
afterEach(() => void server.close());

/** A server that refuses every connection for the reason Node would give. */
async function refusing(code: string, times = 1): Promise<string> {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', () => {
      for (let i = 0; i < times; i++) sendClientError(Object.assign(new Error('refused'), { code }), socket);
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
])('%s', async (code, type, status) => {
  const reply = await raw(await refusing(code), 'hello');
  expectProblem(reply, type, status);
  expect(reply.headers.get('Connection')).toBe('close');
});

test('a second fault does not cut the answer to the first', async () => {
  expectProblem(await raw(await refusing('HPE_INVALID_METHOD', 2), 'hello'), 'malformed-request', 400);
});

test('a client that does not hang up is hung up on', async () => {
  const { hostname, port } = new URL(await refusing('HPE_INVALID_METHOD'));
  const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const [socket] = await once(server, 'connection');
  client.resume().write('hello');
  await once(client, 'end');
  await once(socket, 'close');
  client.destroy();
});
