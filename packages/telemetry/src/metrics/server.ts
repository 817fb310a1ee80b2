import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './registry.ts';

/** A server of its own, because metrics name models and callers and belong on the operator's network. */
export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Longest time to receive a request, in ms. */
const REQUEST_MS = 5_000;

/** Serves `GET /metrics`. @throws if the port is taken */
export async function startMetricsServer(
  metrics: Metrics,
  port: number,
  host: string,
): Promise<MetricsServer> {
  const timeouts = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  const server = createServer(timeouts, async (request, response) => {
    request.resume();
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics')
      return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('GET /metrics\n');
    try {
      const { contentType, text } = await metrics.render();
      response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(text);
    } catch {
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}/metrics`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
