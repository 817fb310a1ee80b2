import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { graph } from '@codegen/pipeline';
import { createRuns, queueOptions } from '@codegen/queue';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { ApiOptions } from './config.ts';
import { Drain } from './drain.ts';
import { httpServer, listen, PATIENCE, type ServerLimits, urlOf } from './http-server.ts';
import { openKeyRing } from './key-ring.ts';

export interface Api extends AsyncDisposable {
  readonly url: string;
  /** Stops listening, sends who still waits to their jobs and resolves when all are answered. Can be called twice. */
  close(): Promise<void>;
}

/** Milliseconds for the last answers to be written when the API closes. */
const LAST_ANSWERS_MS = 5_000;

/** Milliseconds between two lines of the log on the same trouble. */
const COMPLAINT_MS = 60_000;

/** Starts the API. It starts without Redis too and answers 503 until it is there. @throws if the port is taken. */
export async function startApi(settings: ApiOptions, log: Logger, patience = PATIENCE): Promise<Api> {
  const keyRing = await openKeyRing(settings, log);
  const runs = createRuns(graph, {
    ...queueOptions(settings),
    maxOpen: settings.MAX_QUEUED,
    // 0 is any number.
    maxOpenOfCaller: settings.MAX_CONCURRENT_JOBS || undefined,
    startsPerMinute: settings.RATE_LIMIT_PER_MINUTE || undefined,
    disconnectGraceSeconds: settings.DISCONNECT_GRACE_SECONDS,
  });
  const drain = new Drain();
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
    drain,
  });
  const inHand = new Set<ServerResponse>();
  const limits: ServerLimits = {
    // A character may take four bytes of UTF-8, each three characters when percent-encoded.
    maxHeaderBytes: 16 * 1024 + 12 * settings.MAX_QUERY_CHARS,
    maxConnections: settings.MAX_CONNECTIONS,
    waitMs: settings.SYNC_WAIT_SECONDS * 1_000,
    patience,
  };
  const server = httpServer(limits, (request, response) => {
    inHand.add(response);
    response.once('close', () => inHand.delete(response));
    app(request, response);
  });
  let complained = 0;
  server.on('drop', () => {
    if (Date.now() - complained < COMPLAINT_MS) return;
    complained = Date.now();
    log.warn('connections are closed: there are MAX_CONNECTIONS already');
  });
  try {
    await runs.connected();
    await listen(server, settings.PORT, settings.HOST);
  } catch (error) {
    await runs.close();
    keyRing.close();
    throw error;
  }

  let closing: Promise<void> | null = null;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    drain.begin();
    const deadline = AbortSignal.timeout(LAST_ANSWERS_MS);
    for (const response of inHand) await once(response, 'close', { signal: deadline }).catch(() => {});
    // Those on which no request has come, or half of one: Node would wait for it.
    server.closeAllConnections();
    await closed;
    await runs.close();
    keyRing.close();
  };
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
