import { createDeadline, type Deadline } from './deadline.ts';
import { CodegenError, readError, readRetryAfter } from './error.ts';

export interface HttpOptions {
  /** Address of the service, such as `http://127.0.0.1:8000`. In a browser, a path or an empty string works too. */
  readonly baseUrl: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string;
  readonly fetch?: typeof globalThis.fetch;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Seconds that the service may wait before its response. */
  readonly wait?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** The parsed body; null if it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: callers check the shape they need
  readonly body: any;
  readonly retryAfterSeconds: number | null;
}

export interface Http {
  /** Sends a request and reads the whole response. @throws CodegenError, or the reason of the signal */
  json(path: string, request?: HttpRequest): Promise<HttpResponse>;
  /** Sends a request. The caller reads the body under the same deadline. @throws CodegenError */
  open(path: string, request: HttpRequest, deadline: Deadline): Promise<Response>;
  /** Wraps a failure to send or read. @throws the reason of the signal if it has aborted */
  wrapError(error: unknown, signal?: AbortSignal): CodegenError;
}

/** Milliseconds until the response, in addition to the seconds of `wait`. */
const RESPONSE_TIMEOUT_MS = 30_000;

export function createHttp({ baseUrl, apiKey, fetch = globalFetch }: HttpOptions): Http {
  const base = baseUrl.replace(/\/+$/, '');
  const credentials = credentialsOf(apiKey);

  const http: Http = {
    async json(path, request = {}) {
      const deadline = createDeadline(request.signal);
      try {
        const response = await http.open(path, request, deadline);
        const { status, headers } = response;
        const text = await response.text().catch((error) => {
          throw http.wrapError(error, request.signal);
        });
        const retryAfterSeconds = readRetryAfter(headers.get('Retry-After'));
        return { status, body: parse(text, status), retryAfterSeconds };
      } finally {
        deadline.close();
      }
    },

    async open(path, { method = 'GET', headers = {}, body, signal, wait = 0 }, deadline) {
      const sent = new Headers(credentials);
      for (const [name, value] of Object.entries(headers)) sent.set(name, value);
      if (body !== undefined) sent.set('Content-Type', 'application/json');
      const init = { method, headers: sent, ...(body !== undefined && { body: JSON.stringify(body) }) };
      deadline.start(RESPONSE_TIMEOUT_MS + wait * 1_000);
      try {
        const response = await fetch(base + path, { ...init, signal: deadline.signal });
        if (response.ok) return response;
        throw await readError(response);
      } catch (error) {
        throw http.wrapError(error, signal);
      }
    },

    wrapError(error, signal) {
      signal?.throwIfAborted();
      if (error instanceof CodegenError) return error;
      return new CodegenError(`the service${base === '' ? '' : ` at ${base}`} does not answer`, {
        cause: error,
      });
    },
  };
  return http;
}

function credentialsOf(apiKey: string | undefined): Headers {
  try {
    return new Headers(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` });
  } catch {
    // No `cause`: it quotes the key.
    throw new TypeError('apiKey holds characters that cannot be sent in a header');
  }
}

/** Browsers require that `fetch` is called on the global object. */
const globalFetch: typeof globalThis.fetch = (...args) => globalThis.fetch(...args);

function parse(text: string, status: number): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodegenError('the service answered with something that is not JSON', { status, cause });
  }
}
