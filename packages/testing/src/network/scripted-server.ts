import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Step = (response: ServerResponse, received: ReceivedRequest) => void | Promise<void>;

/** A server that handles each request with the next step, and all further ones with the last step. */
export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
}

export async function startScripted(...steps: readonly [Step, ...Step[]]): Promise<Scripted> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const received = { method, path, headers, body: await text(request) };
    requests.push(received);
    await steps[Math.min(requests.length, steps.length) - 1]?.(response, received);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export const answers =
  (status: number, body: unknown, headers: Record<string, string> = {}): Step =>
  (response) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'Content-Type': type, ...headers }).end(JSON.stringify(body));
  };

export const problem = (status: number, type: string, headers: Record<string, string> = {}) =>
  answers(status, { type: `/problems/${type}`, title: 'Oh', status, detail: `it is ${type}` }, headers);

export const busy = problem(503, 'queue-unavailable', { 'Retry-After': '0' });

export const page =
  (status: number): Step =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'text/html' }).end('<h1>Gateway</h1>');
  };

export const streams =
  (...frames: readonly string[]): Step =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).end(frames.join(''));
  };

export const event = (id: number, type: string, data: object = {}) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

/** Closes the connection without a response. */
export const closes: Step = (response) => {
  response.socket?.destroy();
};

export const hangs: Step = () => {};

/** Forwards a request to another server and returns its response. */
export const relays =
  (url: string): Step =>
  async (response, received) => {
    const answer = await pass(url, received);
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' });
    response.end(await answer.text());
  };

/** Forwards a request and closes the connection in place of a response. */
export const loses =
  (url: string): Step =>
  async (response, received) => {
    await (await pass(url, received)).text();
    response.socket?.destroy();
  };

function pass(url: string, { method, path, headers, body }: ReceivedRequest) {
  const { 'content-type': type = '', 'idempotency-key': key = '' } = headers;
  const forwarded = { 'Content-Type': type, ...(key !== '' && { 'Idempotency-Key': String(key) }) };
  return fetch(url + path, { method, headers: forwarded, ...(body !== '' && { body }) });
}
