import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { graph } from '@codegen/pipeline';
import { openRuns, queueOptions } from '@codegen/queue';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { ApiOptions } from './config.ts';
import { refuse } from './refuse.ts';

export interface Api extends AsyncDisposable {
  readonly url: string;
  /** Stops listening, sends who still waits to their jobs and resolves when all are answered. Can be called twice. */
  close(): Promise<void>;
}

/** Milliseconds for the last answers to be written when the API closes. */
const LAST_ANSWERS_MS = 5_000;

/** Starts the API. It starts without Redis too and answers 503 until it is there. @throws if the port is taken. */
export async function startApi(settings: ApiOptions, log: Logger): Promise<Api> {
  const runs = openRuns(graph, {
    ...queueOptions(settings),
    maxQueued: settings.MAX_QUEUED,
    disconnectGraceSeconds: settings.DISCONNECT_GRACE_SECONDS,
  });
  const drain = new AbortController();
  const app = createApp({
    runs,
    graph,
    log,
    apiKeys: settings.API_KEYS,
    syncWaitSeconds: settings.SYNC_WAIT_SECONDS,
    maxQueryChars: settings.MAX_QUERY_CHARS,
    allowedModels: settings.ALLOWED_MODELS,
    retentionSeconds: settings.RETENTION_SECONDS,
    draining: drain.signal,
  });
  // A character may take four bytes of UTF-8, each three characters when percent-encoded.
  const maxHeaderSize = 16 * 1024 + 12 * settings.MAX_QUERY_CHARS;
  const inHand = new Set<ServerResponse>();
  // Longer than proxies keep an idle connection, so that none is closed as a request comes in on it.
  const keepAliveTimeout = 65_000;
  const options = { maxHeaderSize, requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout };
  const server = createServer(options, (request, response) => {
    inHand.add(response);
    response.once('close', () => inHand.delete(response));
    app(request, response);
  });
  server.on('clientError', refuse);
  try {
    await runs.connected();
    await listen(server, settings.PORT, settings.HOST);
  } catch (error) {
    await runs.close();
    throw error;
  }

  let closing: Promise<void> | null = null;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    drain.abort();
    const deadline = AbortSignal.timeout(LAST_ANSWERS_MS);
    for (const response of inHand) await once(response, 'close', { signal: deadline }).catch(() => {});
    // Those on which no request has come, or half of one: Node would wait for it.
    server.closeAllConnections();
    await closed;
    await runs.close();
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

const listen = (server: Server, port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server is not listening on a port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
