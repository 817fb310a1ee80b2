import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { CLIENT_TIMEOUTS, createHttpServer, listen, type ServerLimits } from '../../src/http/http-server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that is short of timeouts in one respect. */
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

/** All that a client is told until its connection ends. */
async function told(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  await once(client, 'close');
  return Buffer.concat(chunks).toString();
}

const never: RequestListener = () => {
  throw new Error('no request was sent whole');
};

describe('a request that does not come', () => {
  const HURRIED = { ...CLIENT_TIMEOUTS, checkMs: 20 };

  test.each([
    ['nothing at all', ''],
    ['half a request line', 'GET /gen'],
    ['half the headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ])('is given up after %s', async (_, bytes) => {
    const open = await start(never, { timeouts: { ...HURRIED, headersMs: 100 } });
    expect(await told(await open(bytes))).toMatch(/^HTTP\/1.1 408 [\s\S]*request-timeout/);
  });

  test('is given up however steadily its headers drip', async () => {
    const open = await start(never, { timeouts: { ...HURRIED, headersMs: 100 } });
    const client = await open('GET / HTTP/1.1\r\nHost: x\r\n');
    const drip = setInterval(() => client.write('X-A: b\r\n'), 10);
    closers.push(() => clearInterval(drip));
    expect(await told(client)).toMatch(/^HTTP\/1.1 408 /);
  });

  test('is given up however steadily its body drips', async () => {
    const open = await start((request) => void request.resume(), {
      timeouts: { ...HURRIED, headersMs: 100, requestMs: 100 },
    });
    const client = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    const drip = setInterval(() => client.write('x'), 10);
    closers.push(() => clearInterval(drip));
    expect(await told(client)).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('a response that is not read', () => {
  const silence = (idleMs: number, maxWaitMs = 0) => ({
    maxWaitMs,
    timeouts: { ...CLIENT_TIMEOUTS, idleMs },
  });
  const ASK = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  /** More than the two ends of a connection hold between them. */
  const MUCH = Buffer.alloc(64 * 1024 * 1024, 'x');

  test('is given up, whether it has ended or goes on', async () => {
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

  test('is not given up while it is read', async () => {
    const open = await start((_, response) => void response.end(MUCH), silence(2_000));
    const client = await open(`${ASK.slice(0, -2)}Connection: close\r\n\r\n`);
    let bytes = 0;
    for await (const chunk of client) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(MUCH.length);
  });

  test('is not given up while there is nothing to say yet', async () => {
    const open = await start(
      (_, response) => void setTimeout(() => response.end('at last'), 300),
      silence(100, 10_000),
    );
    const client = await open(`${ASK.slice(0, -2)}Connection: close\r\n\r\n`);
    expect(await told(client)).toMatch(/at last$/);
  });
});

test('connections beyond the limit are closed, and taken again when there is room', async () => {
  const open = await start((_, response) => void response.end('hello'), { maxConnections: 2 });
  const [first] = [await open(), await open()];
  expect(await told(await open('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).toBe('');
  first?.destroy();
  await expect
    .poll(async () => told(await open('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')))
    .toMatch(/hello$/);
});
