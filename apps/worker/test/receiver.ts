import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answering = (response: ServerResponse, received: Received) => void;

export const answers =
  (status: number, headers: Record<string, string> = {}): Answering =>
  (response) =>
    void response.writeHead(status, headers).end('thank you');

/** A receiver of webhooks on 127.0.0.1; of several answers each request takes the next one, and the last goes on for ever. */
export async function startReceiver(
  given: readonly Answering[] = [answers(200)],
  tls: ServerOptions | null = null,
) {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const answer = given[Math.min(received.length, given.length - 1)];
      const message = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      received.push(message);
      answer?.(response, message);
    });
  };
  const server = tls === null ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    port,
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}/hook?a=b`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
