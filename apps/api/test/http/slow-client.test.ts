import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { CLIENT_TIMEOUTS, createHttpServer, listen, type ServerLimits } from '../../src/http/server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server with usual limits except for `limits`. */
async function start(listener: RequestListener, limits: Partial<ServerLimits>) {
  const usual = { maxHeaderBytes: 16_384, maxConnections: 100, maxWaitMs: 0, timeouts: CLIENT_TIMEOUTS };
  const server = createHttpServer({ ...usual, ...limits }, listener);
  await listen(server, 0, '127.0.0.1');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as { port: number };
  return async (bytes = ''): Promise<Socket> => {
    const client = connect({ host: '127.0.0.1', port });
    closers.push(() => client.destroy());
    client.on('error', () => {});
    await once(client, 'connect');
    client.write(bytes);
    return client;
  };
}

/** All that a client receives until its connection closes. */
async function received(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  await once(client, 'close');
  return Buffer.concat(chunks).toString();
}

const never: RequestListener = () => {
  throw new Error('no request was sent whole');
};

test('a peer keeps as many idle connections as allowed; the oldest is closed, and none that waits for a response', async () => {
  const waiting: ServerResponse[] = [];
  const open = await start((_request, response) => void waiting.push(response), { maxIdleOfPeer: 3 });
  const busy = await open('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => waiting.length).toBe(1);
  const idle = [];
  for (let n = 0; n < 5; n++) idle.push(await open());
  const [first, second, ...others] = idle;
  for (const client of [first, second]) if (!client?.destroyed) await once(client!, 'close');
  expect(others.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
  expect(busy.destroyed).toBe(false);
  waiting[0]?.end('done');
  const [chunk] = await once(busy, 'data');
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 200/);
});

describe('an incomplete request', () => {
  const SHORT = { ...CLIENT_TIMEOUTS, checkMs: 20 };

  test.each([
    ['nothing at all', ''],
    ['half a request line', 'GET /gen'],
    ['half the headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ])('times out after %s', async (_, bytes) => {
    const open = await start(never, { timeouts: { ...SHORT, headersMs: 100 } });
    expect(await received(await open(bytes))).toMatch(/^HTTP\/1.1 408 [\s\S]*request-timeout/);
  });

  test('times out while its headers arrive slowly', async () => {
    const open = await start(never, { timeouts: { ...SHORT, headersMs: 100 } });
    const client = await open('GET / HTTP/1.1\r\nHost: x\r\n');
    const drip = setInterval(() => client.write('X-A: b\r\n'), 10);
    closers.push(() => clearInterval(drip));
    expect(await received(client)).toMatch(/^HTTP\/1.1 408 /);
  });

  test('times out while its body arrives slowly', async () => {
    const open = await start((request) => void request.resume(), {
      timeouts: { ...SHORT, headersMs: 100, requestMs: 100 },
    });
    const client = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    const drip = setInterval(() => client.write('x'), 10);
    closers.push(() => clearInterval(drip));
    expect(await received(client)).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('a response that the client does not read', () => {
  const silence = (idleMs: number, maxWaitMs = 0) => ({
    maxWaitMs,
    timeouts: { ...CLIENT_TIMEOUTS, idleMs },
  });
  const ASK = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  /** More than the socket buffers of both ends hold. */
  const MUCH = Buffer.alloc(64 * 1024 * 1024, 'x');

  test('times out, whether it is complete or not', async () => {
    for (const write of [
      (response: ServerResponse) => response.end(MUCH),
      (response: ServerResponse) => response.write(MUCH),
    ]) {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      const open = await start((_, response) => {
        response.once('close', resolve);
        write(response);
      }, silence(200));
      (await open(ASK)).pause();
      await closed;
    }
  });

  test('does not time out while the client reads', async () => {
    const open = await start((_, response) => void response.end(MUCH), silence(2_000));
    const client = await open(`${ASK.slice(0, -2)}Connection: close\r\n\r\n`);
    let bytes = 0;
    for await (const chunk of client) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(MUCH.length);
  });

  test('does not time out while the client waits for a result', async () => {
    const open = await start(
      (_, response) => void setTimeout(() => response.end('at last'), 300),
      silence(100, 10_000),
    );
    const client = await open(`${ASK.slice(0, -2)}Connection: close\r\n\r\n`);
    expect(await received(client)).toMatch(/at last$/);
  });
});

test('closes connections beyond MAX_CONNECTIONS until one closes', async () => {
  const open = await start((_, response) => void response.end('hello'), { maxConnections: 2 });
  const [first] = [await open(), await open()];
  expect(await received(await open('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).toBe('');
  first?.destroy();
  await expect
    .poll(async () => received(await open('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')))
    .toMatch(/hello$/);
});
