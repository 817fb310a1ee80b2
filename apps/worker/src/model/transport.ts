import type { TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, interceptors, Pool } from 'undici';
import { ResponseReader } from './response-reader.ts';

export interface TransportOptions {
  /** All requests go to the server of this URL. */
  readonly baseUrl: string;
  /** Connect timeout in ms, TLS included. */
  readonly connectMs: number;
  /** Keep-alive timeout in ms of an idle connection, unless the server sends its own. */
  readonly idleMs: number;
}

/** The options that the SDK passes to `fetch`, and optionally the reader for the response. */
interface FetchOptions extends RequestInit {
  readonly reader?: ResponseReader;
}

/** A connection pool for one server: HTTP/1.1, one request at a time per connection, no limit on connections. */
export interface Transport {
  /**
   * A `fetch` for the SDK; resolves with an SdkResponse. Has no timeout and follows no redirects. Ignores `signal` if a
   * `reader` is given; abort the reader instead.
   */
  readonly fetch: (url: string, options?: FetchOptions) => Promise<Response>;
  /**
   * Opens a connection in advance, so that later calls reuse it or its TLS session. Resolves with whether the server
   * responded. Never rejects.
   */
  warmUp(): Promise<boolean>;
  /** Closes all connections. Can be called twice. */
  close(): Promise<void>;
}

/** @throws TypeError for an invalid `baseUrl` */
export function createTransport({ baseUrl, connectMs, idleMs }: TransportOptions): Transport {
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, {
    connect: createConnector(connectMs),
    keepAliveTimeout: idleMs,
    pipelining: 1,
    // Over HTTP/2 all responses would share one connection, and its failure would end them all.
    allowH2: false,
    // The owner of the reader limits the duration of the whole call.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  // Some servers compress although the request asks for `identity`, errors above all.
  const dispatcher: Dispatcher = pool.compose(interceptors.decompress({ skipErrorResponses: false }));
  return {
    async fetch(url, { method = 'GET', headers, body, signal, ...options } = {}) {
      const target = new URL(url);
      if (target.origin !== origin) throw new TypeError('the request is for another server');
      const flat = ['accept-encoding', 'identity'];
      for (const [name, value] of headers as Headers) flat.push(name, value);
      const reader = options.reader ?? new ResponseReader();
      if (options.reader === undefined)
        signal?.addEventListener('abort', () => reader.abort(signal.reason), { once: true });
      const path = target.pathname + target.search;
      await reader.send(dispatcher, { path, method, headers: flat, body: body as string });
      return new SdkResponse(reader) as unknown as Response;
    },
    async warmUp() {
      const reader = new ResponseReader();
      const timer = setTimeout(() => reader.abort(new Error('warm-up timed out')), connectMs);
      try {
        await reader.send(pool, { path: pathname, method: 'OPTIONS' });
        await reader.read(() => {});
      } catch {
        // The first call reports the failure.
      }
      clearTimeout(timer);
      return reader.status !== 0;
    },
    close: () => pool.destroy(),
  };
}

/** Connects and resumes the latest TLS session. undici caches sessions too, but in weak references. */
function createConnector(connectMs: number): buildConnector.connector {
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

/** Maximum bytes of a body that the SDK reads itself: the usage of a generation. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Bytes of an error that are read; the rest says nothing more. */
const MAX_ERROR_BYTES = 64 * 1024;

/** The part of the Fetch API's Response that the SDK uses. */
class SdkResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: SdkHeaders;
  readonly #reader: ResponseReader;

  constructor(reader: ResponseReader) {
    this.status = reader.status;
    this.ok = this.status >= 200 && this.status < 300;
    this.headers = new SdkHeaders(reader);
    this.#reader = reader;
  }

  /** The body of an error is '' for the SDK, which knows one shape only. @throws ResponseTooLargeError; ConnectionError */
  async text(): Promise<string> {
    if (this.ok) return this.#reader.text(MAX_BODY_BYTES);
    this.#reader.errorText = await this.#reader.start(MAX_ERROR_BYTES);
    return '';
  }
}

class SdkHeaders {
  readonly #reader: ResponseReader;

  constructor(reader: ResponseReader) {
    this.#reader = reader;
  }

  get(name: string): string | null {
    return this.#reader.header(name.toLowerCase());
  }

  *entries(): Generator<[string, string]> {
    for (const name of Object.keys(this.#reader.headers)) yield [name, this.get(name) ?? ''];
  }
}
