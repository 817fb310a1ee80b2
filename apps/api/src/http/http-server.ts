import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemType } from '@codegen/contract';
import { createProblem } from '../problem.ts';

/** Timeouts for clients, in ms. */
export interface ClientTimeouts {
  /** For the headers of a request, also on a connection that sends nothing. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Interval at which the timeouts above are checked. */
  readonly checkMs: number;
  /** Without a byte in either direction, besides `maxWaitMs`. */
  readonly idleMs: number;
}

export const CLIENT_TIMEOUTS: ClientTimeouts = {
  headersMs: 15_000,
  requestMs: 30_000,
  checkMs: 5_000,
  idleMs: 60_000,
};

export interface ServerLimits {
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** Longest time that a response waits for a result, in ms. */
  readonly maxWaitMs: number;
  readonly timeouts: ClientTimeouts;
}

/** Longer than the keep-alive timeout of common proxies (60 s), so that the proxy closes an idle connection first. */
const KEEP_ALIVE_MS = 65_000;

/** Creates an HTTP server that disconnects clients which send or read too slowly. */
export function createHttpServer(
  { maxHeaderBytes, maxConnections, maxWaitMs, timeouts }: ServerLimits,
  listener: RequestListener,
): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(options, listener).on('clientError', sendClientError);
  // Unread output stays in memory. A client that reads some of it resets this timeout.
  server.timeout = maxWaitMs + timeouts.idleMs;
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

/** Time for a client to read the error, in ms. Closing a connection with unread input discards the response. */
const LINGER_MS = 1_000;

/** Handles `clientError`: a request that Node rejects before Express sees it. */
export function sendClientError(error: NodeJS.ErrnoException, socket: Socket) {
  // An earlier error has been sent on this connection.
  if (socket.writableEnded) return;
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [type, reason, detail] = clientProblem(error.code);
  const problem = createProblem(type, detail);
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${reason}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function clientProblem(code: string | undefined): [ProblemType, reason: string, detail: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers-too-large', 'Request Header Fields Too Large', 'Shorten the URL and the headers.'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request-timeout', 'Request Timeout', 'Send the whole request at once.'];
    default:
      return [
        'malformed-request',
        'Bad Request',
        'Percent-encode the URL (a space is %20) and send valid HTTP/1.1.',
      ];
  }
}
