import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemType } from '@codegen/contract';
import { createBoardQueues, createRuns, graphFor, queueOptions } from '@codegen/queue';
import { createRepeatLimit } from '@codegen/settings';
import { loadTracing, type MetricsServer, startMetricsServer } from '@codegen/telemetry';
import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import type { ApiOptions } from '../config.ts';
import { createApiMetrics } from '../metrics.ts';
import { createKeyRing } from '../middleware/key-ring.ts';
import { createProblem } from '../problem.ts';
import { limitIdleConnections } from './idle-connections.ts';
import { loadPage, PAGE_FOLDER } from './page.ts';
import { Shutdown } from './waiting.ts';

export interface Api extends AsyncDisposable {
  readonly url: string;
  /** Address of its metrics; null if none are served. */
  readonly metricsUrl: string | null;
  /** Stops listening, answers waiting requests with a 202 and resolves when all responses are sent. Idempotent. */
  close(): Promise<void>;
}

/** Timeout for the last responses when the API closes, in ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Minimum interval between two warnings about MAX_CONNECTIONS, in ms. */
const WARN_INTERVAL_MS = 60_000;

/** Starts the API. Without Redis it starts too, and answers 503 until Redis is available. @throws if the port is taken */
export async function startApi(
  settings: ApiOptions,
  log: Logger,
  timeouts = CLIENT_TIMEOUTS,
  page = loadPage(PAGE_FOLDER),
): Promise<Api> {
  const keyRing = await createKeyRing(settings, log);
  const metrics = settings.METRICS_PORT === null ? null : createApiMetrics();
  const repeats = createRepeatLimit();
  const tracing = await loadTracing(settings, {
    service: 'codegen-api',
    onError: (err) => repeats.log(err.message, (repeated) => log.warn({ err, repeated }, 'traces are lost')),
  });
  const graph = graphFor(settings);
  const runs = createRuns(graph, {
    ...queueOptions(settings),
    effort: settings.EFFORT,
    maxOpen: settings.MAX_ACTIVE_JOBS,
    // 0 means unlimited.
    maxOpenOfCaller: settings.MAX_CONCURRENT_JOBS || undefined,
    startsPerMinute: settings.RATE_LIMIT_PER_MINUTE || undefined,
    maxRunCostUsd: settings.MAX_JOB_COST_USD ?? undefined,
    limitsOf: keyRing.limitsOf,
    disconnectGraceSeconds: settings.DISCONNECT_GRACE_SECONDS,
    onFinish(run) {
      metrics?.onFinish(run);
      tracing?.onFinish(run);
    },
  });
  const board = settings.ADMIN_KEYS.length === 0 ? null : createBoardQueues(queueOptions(settings));
  const shutdown = new Shutdown();
  const app = createApp({
    runs,
    graph,
    log,
    keyRing,
    publicUrl: settings.PUBLIC_URL,
    allowAnonymous: settings.ALLOW_ANONYMOUS,
    allowedHosts: settings.ALLOWED_HOSTS,
    corsOrigins: settings.CORS_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    syncWaitSeconds: settings.SYNC_WAIT_SECONDS,
    effort: settings.EFFORT,
    maxQueryChars: settings.MAX_QUERY_CHARS,
    notice: settings.PAGE_NOTICE || null,
    maxFilesBytes: settings.MAX_FILES_BYTES,
    allowedModels: settings.ALLOWED_MODELS,
    retentionSeconds: settings.JOB_RETENTION,
    webhooks: {
      enabled: settings.WEBHOOK_SECRETS.length + settings.WEBHOOK_CALLER_SECRETS.length > 0,
      allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE,
    },
    adminKeys: settings.ADMIN_KEYS,
    boardQueues: board?.queues ?? [],
    page,
    showPrompts: settings.SHOW_PROMPTS,
    hasStageLogs: settings.STAGE_LOG !== 'off',
    shutdown,
    metrics,
    tracing,
  });
  metrics?.watch(runs);
  const limits: ServerLimits = {
    // A character takes up to four bytes of UTF-8, and each byte three characters when percent-encoded.
    maxHeaderBytes: 16 * 1024 + 12 * settings.MAX_QUERY_CHARS,
    maxConnections: settings.MAX_CONNECTIONS,
    maxWaitMs: settings.SYNC_WAIT_SECONDS * 1_000,
    timeouts,
  };
  const pending = new Set<ServerResponse>();
  const server = createHttpServer(limits, (request, response) => {
    pending.add(response);
    response.once('close', () => pending.delete(response));
    app(request, response);
  });
  let warnedAt = 0;
  server.on('drop', () => {
    if (Date.now() - warnedAt < WARN_INTERVAL_MS) return;
    warnedAt = Date.now();
    log.warn('MAX_CONNECTIONS reached: new connections are closed');
  });
  let metricsServer: MetricsServer | null = null;
  try {
    await runs.connected();
    await listen(server, settings.PORT, settings.HOST);
    metricsServer =
      metrics &&
      (await startMetricsServer(metrics.metrics, settings.METRICS_PORT ?? 0, settings.METRICS_HOST));
  } catch (error) {
    server.close();
    await board?.close();
    await runs.close();
    keyRing.close();
    throw error;
  }

  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    shutdown.begin();
    const deadline = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    for (const response of pending) await once(response, 'close', { signal: deadline }).catch(() => {});
    // Connections without a complete request, which `server.close` would wait for.
    server.closeAllConnections();
    await closed;
    await metricsServer?.close();
    await board?.close();
    await runs.close();
    await tracing?.close();
    repeats.flush();
    keyRing.close();
  };
  let closing: Promise<void> | null = null;
  const api: Api = {
    url: urlOf(server),
    metricsUrl: metricsServer?.url ?? null,
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => api.close(),
  };
  return api;
}

/** Timeouts for clients, in ms. */
export interface ClientTimeouts {
  /** For the headers of a request, also on a connection that sends nothing. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** Interval at which the timeouts above are checked. */
  readonly checkMs: number;
  /** Without a byte in either direction, in addition to `maxWaitMs`. */
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
  /** Idle connections of one address; 1,000 by default. */
  readonly maxIdleOfPeer?: number;
  /** Longest time that a response waits for a result, in ms. */
  readonly maxWaitMs: number;
  readonly timeouts: ClientTimeouts;
}

const MAX_IDLE_OF_PEER = 1_000;

/** Longer than the keep-alive timeout of common proxies (60 s), so that the proxy closes an idle connection first. */
const KEEP_ALIVE_MS = 65_000;

/** Creates an HTTP server that disconnects clients which send or read too slowly. */
export function createHttpServer(
  { maxHeaderBytes, maxConnections, maxIdleOfPeer = MAX_IDLE_OF_PEER, maxWaitMs, timeouts }: ServerLimits,
  listener: RequestListener,
): Server {
  const options = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    connectionsCheckingInterval: timeouts.checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The app answers with a problem; Node's own answer has no body.
    requireHostHeader: false,
  };
  const server = createServer(options, listener)
    .on('clientError', sendClientError)
    // The app rejects the expectation with a problem.
    .on('checkExpectation', listener);
  // Unread output stays in memory. A client that reads some of it resets this timeout.
  server.timeout = maxWaitMs + timeouts.idleMs;
  server.maxConnections = maxConnections;
  limitIdleConnections(server, maxIdleOfPeer);
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
