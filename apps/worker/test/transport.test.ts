import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { NO_USAGE, type StageError } from '@codegen/pipeline';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, done, serve, stop, text } from './model-server.ts';

/** Takes connections, and says nothing. */
async function listenInSilence() {
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

test('a connection that does not come to stand is given up in time', async () => {
  const { host, sockets } = await listenInSilence();
  expect(await clientOf(`https://${host}/v1`, { timeoutMs: 100 }).failure()).toMatchObject({
    code: 'timeout',
  });
  await expect.poll(() => sockets.size, { timeout: 30_000 }).toBe(0);
});

test('a caller that gives up while the connection is made is told so, and nothing was sent or billed', async () => {
  const { host, sockets } = await listenInSilence();
  const caller = new AbortController();
  const asked = clientOf(`https://${host}/v1`).callModel(caller.signal);
  const failed = asked.catch((reason: StageError) => reason);
  await expect.poll(() => sockets.size).toBe(1);
  caller.abort();
  expect(await failed).toMatchObject({ failure: { code: 'aborted' }, usage: NO_USAGE });
});

test('calls at the same time have connections of their own, which are kept for the next', async () => {
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

test('an answer of many packets arrives whole', async () => {
  const words = Array.from({ length: 2_000 }, (_, index) => `${index} ${'é'.repeat(500)}\n`);
  const { callModel } = await serve((response) => response.end(words.map(text).join('') + stop + done));
  expect((await callModel()).text).toBe(words.join(''));
});

test('an endless body of an error is not read to its end', async () => {
  let isGone = false;
  const { failure } = await serve((response) => {
    response.writeHead(500).on('close', () => {
      isGone = true;
    });
    const more = () => response.write('x'.repeat(65_536), (error) => error || more());
    more();
  });
  expect(await failure()).toMatchObject({ intent: 'retry', code: 'upstream-error' });
  await expect.poll(() => isGone).toBe(true);
});

test('an answer to another question is not followed', async () => {
  const { failure, requests } = await serve((response) =>
    response.writeHead(307, { location: '/v1/elsewhere' }).end(),
  );
  expect(await failure()).toMatchObject({ code: 'upstream-error' });
  expect(requests).toHaveLength(1);
});

test('when the client is closed its calls end, and so do those that come later', async () => {
  const asked = Promise.withResolvers<void>();
  const { failure, close } = await serve(() => asked.resolve());
  const failing = failure();
  await asked.promise;
  await close();
  expect(await failing).toMatchObject({ code: 'connection' });
  expect(await failure()).toMatchObject({ code: 'connection' });
  await close();
});
