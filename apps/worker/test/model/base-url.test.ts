import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { done, stop, text } from '@codegen/testing/network/chat-stream';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf, serve } from './stream-server.ts';

const WRONG = 'no model server was found at the configured address: ';

/** A port at which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that answers any connection with these bytes. */
async function serveBytes(bytes: string): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => {}).end(bytes)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const html = { 'content-type': 'text/html' };
test.each<[string, number, Record<string, string>, string, string]>([
  ['404 in plain text', 404, {}, '404 page not found', '404 page not found. Check the path of BASE_URL'],
  ['404 without a body', 404, {}, '', '404. Check the path of BASE_URL'],
  [
    '404 of a web page',
    404,
    html,
    '<html><title>Not Found</title></html>',
    '404 Not Found. Check the path of BASE_URL',
  ],
  ['404 of FastAPI', 404, {}, '{"detail":"Not Found"}', '404 Not Found. Check the path of BASE_URL'],
  [
    '404 of llama.cpp',
    404,
    {},
    '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}',
    '404 File Not Found. Check the path of BASE_URL',
  ],
  ['405', 405, {}, '{"detail":"Method Not Allowed"}', '405 Method Not Allowed. Check the path of BASE_URL'],
  [
    'a web page',
    200,
    html,
    '<!doctype html><title>Open WebUI</title>',
    'a web page: Open WebUI. Check the path of BASE_URL',
  ],
  [
    'a redirect',
    301,
    { location: 'https://user:secret@example.com/v1/chat/completions?key=secret' },
    '',
    'it redirects to https://example.com/v1/chat/completions (301). Set BASE_URL to where the server is',
  ],
  [
    'a redirect to nowhere',
    302,
    { location: 'http://[' },
    '',
    'it redirects elsewhere (302). Set BASE_URL to where the server is',
  ],
])('%s is a wrong BASE_URL, said after one request', async (_, status, headers, body, expected) => {
  const { failure, requests } = await serve((response) => response.writeHead(status, headers).end(body));
  const { intent, code, message } = await failure();
  expect([intent, code]).toEqual(['failRun', 'wrong-base-url']);
  expect(message).toMatch(new RegExp(`^${WRONG}http://127.0.0.1:\\d+/v1/chat/completions: `));
  expect(message).toContain(`: ${expected}`);
  expect(requests).toHaveLength(1);
});

test.each([
  ['', 'Does BASE_URL lack /v1?'],
  ['/v1/chat/completions', 'BASE_URL must end before /chat/completions'],
])('a wrong path %s has a hint', async (path, hint) => {
  const server = createHttpServer((_, response) => void response.writeHead(404).end('Not Found'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const { failure } = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  expect((await failure()).message).toMatch(`. ${hint}`);
});

test('a 404 that names the model is about the model', async () => {
  const { failure } = await serve((response) =>
    response.writeHead(404).end('{"error":{"message":"The model `llama3` does not exist.","code":404}}'),
  );
  expect(await failure()).toMatchObject({ intent: 'nextModel', code: 'no-such-model' });
});

test('a 404 of a server that has worked is none', async () => {
  let calls = 0;
  const { callModel, failure } = await serve((response) =>
    ++calls === 1 ? response.end(text('Hi.') + stop + done) : response.writeHead(404).end('default backend'),
  );
  await callModel();
  expect(await failure()).toMatchObject({ intent: 'nextModel', code: 'no-such-model' });
});

test.each([
  [
    'nothing listens',
    async () => `http://127.0.0.1:${await freePort()}/v1`,
    'ECONNREFUSED. Nothing listens there. Is the server running?',
  ],
  [
    'the host is unknown',
    async () => 'http://model-server.invalid:8000/v1',
    /(ENOTFOUND|EAI_AGAIN)\. The host name is unknown here/,
  ],
  [
    'the server speaks no TLS',
    async () => `https://127.0.0.1:${await serveBytes('HTTP/1.1 400 Bad\r\n\r\n')}/v1`,
    'Does the address need http:// instead of https://',
  ],
  [
    'the server speaks no HTTP',
    async () => `http://127.0.0.1:${await serveBytes('-ERR unknown command\r\n')}/v1`,
    'The server does not speak HTTP there',
  ],
])('%s: a wrong BASE_URL, without credentials in the message', async (_, baseUrl, expected) => {
  const url = new URL(await baseUrl());
  url.username = 'user';
  url.password = 'secret';
  const { failure } = clientOf(url.href, { startupMs: 300 });
  const { intent, code, message } = await failure();
  expect([intent, code]).toEqual(['failRun', 'wrong-base-url']);
  expect(message).toMatch(expected);
  expect(message).toContain(`${WRONG}${url.origin}/v1/chat/completions: `);
  expect(message).not.toContain('secret');
});

test('a server that starts within the time is waited for', async () => {
  const port = await freePort();
  const { callModel } = clientOf(`http://127.0.0.1:${port}/v1`, { startupMs: 60_000 });
  const call = callModel();
  const server = createHttpServer((_, response) => void response.end(text('Hi.') + stop + done));
  onTestFinished(() => void server.close().closeAllConnections());
  setTimeout(() => server.listen(port, '127.0.0.1'), 300);
  expect((await call).text).toBe('Hi.');
});

test('the time to start is that of the process, so that later calls fail at once', async () => {
  const { failure } = clientOf(`http://127.0.0.1:${await freePort()}/v1`, { startupMs: 1 });
  await failure();
  expect(await failure()).toMatchObject({ code: 'wrong-base-url' });
});

test('a call is aborted while it waits for the server', async () => {
  const { callModel } = clientOf(`http://127.0.0.1:${await freePort()}/v1`, { startupMs: 600_000 });
  const caller = new AbortController();
  const call = callModel(caller.signal).catch((error) => error.failure);
  setTimeout(() => caller.abort(), 50);
  expect(await call).toMatchObject({ code: 'aborted' });
});
