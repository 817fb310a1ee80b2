import type { TLSSocket } from 'node:tls';
import { buildConnector, Pool } from 'undici';
import { Exchange } from './exchange.ts';
import { ModelResponse } from './model-response.ts';

export interface TransportOptions {
  /** Of the server all requests go to. */
  readonly baseUrl: string;
  /** Milliseconds until a connection must stand. */
  readonly connectMs: number;
  /** Milliseconds a connection is kept that nothing is asked on, unless the server names a time of its own. */
  readonly idleMs: number;
}

/** What the SDK hands to `fetch`, with the exchange to do it in if somebody wants to hold that in hand. */
interface Sending extends RequestInit {
  readonly exchange?: Exchange;
}

/** The way to one server: connections that are kept, one request at a time on each, as many as are needed. */
export interface Transport {
  /**
   * Sends like `fetch`, and resolves with a ModelResponse. Has no time limit and follows no redirect. Where an exchange
   * is given, `signal` is not heeded: whoever holds the exchange hangs up.
   */
  readonly fetch: (url: string, sending?: Sending) => Promise<Response>;
  /** Opens a connection before it is needed, so that the first call and later handshakes are short. Never rejects. */
  warmUp(): Promise<void>;
  /** Ends all connections. Can be called twice. */
  close(): Promise<void>;
}

/** @throws TypeError for a `baseUrl` that is none */
export function createTransport({ baseUrl, connectMs, idleMs }: TransportOptions): Transport {
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, {
    connect: connectorOf(connectMs),
    keepAliveTimeout: idleMs,
    pipelining: 1,
    // In HTTP/2 all answers would share one connection and its fate.
    allowH2: false,
    // The exchange's owner has a deadline for the whole of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    async fetch(target, { method = 'GET', headers, body, signal, ...sending } = {}) {
      const { origin: asked, pathname, search } = new URL(target);
      if (asked !== origin) throw new TypeError('the request is for another server');
      const flat = ['accept-encoding', 'identity'];
      for (const [name, value] of headers as Headers) flat.push(name, value);
      const exchange = sending.exchange ?? new Exchange();
      if (sending.exchange === undefined)
        signal?.addEventListener('abort', () => exchange.hangUp(signal.reason), { once: true });
      await exchange.send(pool, { path: pathname + search, method, headers: flat, body: body as string });
      return new ModelResponse(exchange) as unknown as Response;
    },
    async warmUp() {
      const exchange = new Exchange();
      const deadline = setTimeout(() => exchange.hangUp(new Error('it takes too long')), connectMs);
      try {
        await exchange.send(pool, { path: pathname, method: 'OPTIONS' });
        await exchange.read(() => {});
      } catch {
        // The first call will say what is wrong.
      }
      clearTimeout(deadline);
    },
    close: () => pool.destroy(),
  };
}

/** Connects, and resumes the latest TLS session. The library would too, but holds it weakly: it is soon collected. */
function connectorOf(connectMs: number): buildConnector.connector {
  let session: Buffer | undefined;
  return (options, callback) => {
    const connect = buildConnector({ allowH2: false, timeout: connectMs, ...(session && { session }) });
    connect(options, (...result) => {
      (result[1] as TLSSocket | null)?.on('session', (latest) => {
        session = latest;
      });
      callback(...result);
    });
  };
}
