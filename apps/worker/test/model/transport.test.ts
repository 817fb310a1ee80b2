import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { NO_USAGE, type StageError } from '@codegen/pipeline';
import { done, stop, text } from '@codegen/testing/network/chat-stream';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, serve } from './stream-server.ts';

/** Accepts connections and never sends anything. */
async function startSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).resume());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

test('times out while connecting', async () => {
  const { host, sockets } = await startSilentServer();
  expect(await clientOf(`https://${host}/v1`, { timeoutMs: 100 }).failure()).toMatchObject({
    code: 'timeout',
  });
  await expect.poll(() => sockets.size).toBe(0);
});

test('fails as aborted without usage while connecting', async () => {
  const { host, sockets } = await startSilentServer();
  const caller = new AbortController();
  const call = clientOf(`https://${host}/v1`).callModel(caller.signal);
  const failing = call.catch((reason: StageError) => reason);
  await expect.poll(() => sockets.size).toBe(1);
  caller.abort();
  expect(await failing).toMatchObject({ failure: { code: 'aborted' }, usage: NO_USAGE });
});

test('uses a connection per concurrent call and reuses them', async () => {
  const waiting: ServerResponse[] = [];
  const { callModel, connections } = await serve((response) => {
    waiting.push(response);
    if (waiting.length === 20) for (const one of waiting.splice(0)) one.end(text('Hi.') + stop + done);
  });
  const opened = async () => {
    const before = connections();
    await Promise.all(Array.from({ length: 20 }, () => callModel()));
    return connections() - before;
  };
  expect(await opened()).toBe(20);
  await expect.poll(opened).toBe(0);
});

test('receives a response of many packets', async () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `${index} ${'é'.repeat(500)}\n`);
  const body = words.map(text).join('') + stop + done;
  const { callModel } = await serve((response) => response.end(body), { maxAnswerBytes: 4 * 2 ** 20 });
  expect((await callModel()).text).toBe(words.join(''));
});

test('stops reading an endless error body', async () => {
  let isClosed = false;
  const { failure } = await serve((response) => {
    response.writeHead(500).on('close', () => {
      isClosed = true;
    });
    const more = () => response.write('x'.repeat(65_536), (error) => error || more());
    more();
  });
  expect(await failure()).toMatchObject({ intent: 'retry', code: 'upstream-error' });
  await expect.poll(() => isClosed).toBe(true);
});

test('does not follow redirects', async () => {
  const { failure, requests } = await serve((response) =>
    response.writeHead(307, { location: '/v1/elsewhere' }).end(),
  );
  expect(await failure()).toMatchObject({ code: 'wrong-base-url' });
  expect(requests).toHaveLength(1);
});

test('fails running and later calls when the client is closed', async () => {
  const received = Promise.withResolvers<void>();
  const { failure, close } = await serve(() => received.resolve());
  const failing = failure();
  await received.promise;
  await close();
  expect(await failing).toMatchObject({ code: 'connection' });
  expect(await failure()).toMatchObject({ code: 'connection' });
  await close();
});
