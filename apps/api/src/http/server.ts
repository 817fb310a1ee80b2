import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { graph } from '@codegen/pipeline';
import { createRuns, queueOptions } from '@codegen/queue';
import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import type { ApiOptions } from '../config.ts';
import { createKeyRing } from '../middleware/authenticate.ts';
import { CLIENT_TIMEOUTS, createHttpServer, listen, type ServerLimits, urlOf } from './http-server.ts';
import { Shutdown } from './wait.ts';

export interface Api extends AsyncDisposable {
  readonly url: string;
  /** Stops listening, answers waiting requests with a 202 and resolves when all responses are sent. Idempotent. */
  close(): Promise<void>;
}

/** Timeout for the last responses when the API closes, in ms. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Minimum interval between two warnings about MAX_CONNECTIONS, in ms. */
const WARN_INTERVAL_MS = 60_000;

/** Starts the API. Without Redis it starts too, and answers 503 until Redis is available. @throws if the port is taken */
export async function startApi(settings: ApiOptions, log: Logger, timeouts = CLIENT_TIMEOUTS): Promise<Api> {
  const keyRing = await createKeyRing(settings, log);
  const runs = createRuns(graph, {
    ...queueOptions(settings),
    maxOpen: settings.MAX_ACTIVE_JOBS,
    // 0 means unlimited.
    maxOpenOfCaller: settings.MAX_CONCURRENT_JOBS || undefined,
    startsPerMinute: settings.RATE_LIMIT_PER_MINUTE || undefined,
    disconnectGraceSeconds: settings.DISCONNECT_GRACE_SECONDS,
  });
  const shutdown = new Shutdown();
  const app = createApp({
    runs,
    graph,
    log,
    keyRing,
    allowAnonymous: settings.ALLOW_ANONYMOUS,
    corsOrigins: settings.CORS_ORIGINS,
    syncWaitSeconds: settings.SYNC_WAIT_SECONDS,
    maxQueryChars: settings.MAX_QUERY_CHARS,
    allowedModels: settings.ALLOWED_MODELS,
    retentionSeconds: settings.JOB_RETENTION,
    webhooks: { enabled: settings.WEBHOOK_SECRETS.length > 0, allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE },
    shutdown,
  });
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
  try {
    await runs.connected();
    await listen(server, settings.PORT, settings.HOST);
  } catch (error) {
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
    await runs.close();
    keyRing.close();
  };
  let closing: Promise<void> | null = null;
  const api: Api = {
    url: urlOf(server),
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => api.close(),
  };
  return api;
}
