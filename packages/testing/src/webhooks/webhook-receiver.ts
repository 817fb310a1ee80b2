import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body's bytes as they arrived. */
  readonly bytes: Buffer;
}

export type Responder = (response: ServerResponse, received: ReceivedWebhook) => void;

export const respondWith =
  (status: number, headers: Record<string, string> = {}): Responder =>
  (response) =>
    void response.writeHead(status, headers).end('thank you');

/**
 * Starts a webhook receiver on 127.0.0.1. Each request gets the next of `responders`; the last one serves all further
 * requests.
 */
export async function startWebhookReceiver(
  responders: readonly Responder[] = [respondWith(200)],
  tls: ServerOptions | null = null,
) {
  const received: ReceivedWebhook[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const respond = responders[Math.min(received.length, responders.length - 1)];
      const bytes = Buffer.concat(chunks);
      const message = { method, path: url, headers, body: bytes.toString(), bytes };
      received.push(message);
      respond?.(response, message);
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
