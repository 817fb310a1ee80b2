import { createServer, type RequestListener, type Server } from 'node:http';
import { refuse } from './refuse.ts';

/** Milliseconds that clients may take. */
export interface Patience {
  /** For the headers of a request to arrive, also on a connection that sends nothing. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Between looks at how long they have taken. */
  readonly checkMs: number;
  /** Without a byte either way, besides what a request may wait for its result: then nobody reads any more. */
  readonly silenceMs: number;
}

export const PATIENCE: Patience = {
  headersMs: 15_000,
  requestMs: 30_000,
  checkMs: 5_000,
  silenceMs: 60_000,
};

export interface ServerLimits {
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** Longest time a response may have nothing to say, in milliseconds. */
  readonly waitMs: number;
  readonly patience: Patience;
}

/** Longer than proxies keep an idle connection, so that none is closed as a request comes in on it. */
const KEEP_ALIVE_MS = 65_000;

/** An HTTP server whose clients cannot hold it up: slow ones are refused, and those that do not read are cut off. */
export function httpServer(
  { maxHeaderBytes, maxConnections, waitMs, patience }: ServerLimits,
  listener: RequestListener,
): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    connectionsCheckingInterval: patience.checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(options, listener).on('clientError', refuse);
  // What a client does not read waits in memory. It counts as silence only while none of it leaves.
  server.timeout = waitMs + patience.silenceMs;
  server.maxConnections = maxConnections;
  return server;
}

/** @throws if the port is taken */
export const listen = (server: Server, port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

export function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server is not listening on a port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
