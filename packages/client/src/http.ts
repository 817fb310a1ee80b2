import { type Deadline, openDeadline } from './deadline.ts';
import { CodegenError, errorOf, readRetryAfter } from './error.ts';

export interface HttpOptions {
  /** Where the service is, as in `http://127.0.0.1:8000`; in a browser, a path or an empty string will do. */
  readonly baseUrl: string;
  /** Sent as a bearer. */
  readonly apiKey?: string;
  readonly fetch?: typeof globalThis.fetch;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Seconds the service may hold its answer back. */
  readonly wait?: number;
}

export interface Answer {
  readonly status: number;
  /** The parsed body; null if there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: who reads it says what it is
  readonly body: any;
  readonly retryAfterSeconds: number | null;
}

export interface Http {
  /** Makes one request and reads its answer to the end. @throws CodegenError, or the reason of the signal */
  json(path: string, call?: Call): Promise<Answer>;
  /** Makes one request whose answer is still to be read under the same deadline. @throws CodegenError */
  open(path: string, call: Call, deadline: Deadline): Promise<Response>;
  /** What a failure is to the caller. @throws the reason of the signal if it has aborted */
  broken(error: unknown, signal?: AbortSignal): CodegenError;
}

/** Milliseconds for an answer that is not held back. */
const ANSWER_MS = 30_000;

export function openHttp({ baseUrl, apiKey, fetch = globalFetch }: HttpOptions): Http {
  const base = baseUrl.replace(/\/+$/, '');
  const credentials = credentialsOf(apiKey);

  const http: Http = {
    async json(path, call = {}) {
      const deadline = openDeadline(call.signal);
      try {
        const response = await http.open(path, call, deadline);
        const { status, headers } = response;
        const text = await response.text().catch((error) => {
          throw http.broken(error, call.signal);
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
      deadline.start(ANSWER_MS + wait * 1_000);
      try {
        const response = await fetch(base + path, { ...init, signal: deadline.signal });
        if (response.ok) return response;
        throw await errorOf(response);
      } catch (error) {
        throw http.broken(error, signal);
      }
    },

    broken(error, signal) {
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
    // Without its cause, which quotes the key.
    throw new TypeError('apiKey holds characters that cannot be sent in a header');
  }
}

/** Looked up with every call and called as the global's own, as browsers want it. */
const globalFetch: typeof globalThis.fetch = (...args) => globalThis.fetch(...args);

function parse(text: string, status: number): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodegenError('the service answered with something that is not JSON', { status, cause });
  }
}
