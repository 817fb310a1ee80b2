import type { Failure } from '@codegen/pipeline';
import OpenAI from 'openai';
import { isHtml, parseErrorBody, reasonOf } from './error-body.ts';
import { modelFailure, quote, systemCodeOf } from './failures.ts';

/** An HTTP response that is no completion. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
}

/**
 * Tells a wrong BASE_URL from a server that fails for a while. A server that has worked in this process may be
 * restarting; one that never has is at another address, and retries do not help.
 */
export class BaseUrlCheck {
  readonly #url: URL;
  readonly #key: string | null;
  readonly #waitMs: number;
  /** The setting of the address. */
  readonly #variable: string;
  #hasResponded = false;
  #hasCompleted = false;
  #firstFailureAt: number | null = null;

  /** @param waitMs how long a server that has never responded may take to start, in ms */
  constructor(callUrl: string, key: string | null, waitMs: number, variable: string) {
    this.#url = new URL(callUrl);
    this.#key = key;
    this.#waitMs = waitMs;
    this.#variable = variable;
  }

  /** Call it when the server has sent a response; with a completion, or with anything else. */
  confirm(isCompletion: boolean): void {
    this.#hasResponded = true;
    this.#hasCompleted ||= isCompletion;
  }

  /** Whether a server that has never responded may still be starting. Starts its time with the first failure. */
  mayBeStarting(thrown: unknown): boolean {
    if (this.#hasResponded || !IN_TIME.test(systemCodeOf(thrown))) return false;
    const now = performance.now();
    this.#firstFailureAt ??= now;
    return now - this.#firstFailureAt < this.#waitMs;
  }

  /** The fault that a failed connection means; null if the server may only fail for a while. */
  faultOfConnection(thrown: unknown): Failure | null {
    if (this.#hasResponded || !(thrown instanceof OpenAI.APIConnectionError)) return null;
    const code = systemCodeOf(thrown);
    const hint = addressHintOf(code);
    return hint === null ? null : this.#fault(`${code}. ${hint}. Check ${this.#variable}`.replace('?.', '?'));
  }

  /** The fault that a response means; null if the server may only fail for a while, or the path is right. */
  faultOfReply({ status, text, location }: Reply): Failure | null {
    if (status >= 300 && status < 400) {
      const target = location === null ? null : URL.parse(location, this.#url.href);
      const where = target === null ? 'elsewhere' : `to ${this.#quote(shortUrl(target))}`;
      return this.#fault(`it redirects ${where} (${status}). Set ${this.#variable} to where the server is`);
    }
    if (this.#hasCompleted) return null;
    const body = parseErrorBody(text);
    const reason = this.#quote(reasonOf(body)).slice(0, 80);
    if (status === 405 || (status === 404 && isPathUnknown(body, reason)))
      return this.#fault(
        `${reason.startsWith(`${status}`) ? reason : `${status} ${reason}`.trim()}. ${this.#pathHint()}`,
      );
    if (status === 200 && isHtml(body)) return this.#fault(`a web page: ${reason}. ${this.#pathHint()}`);
    return null;
  }

  #fault(detail: string): Failure {
    return modelFailure('wrong-base-url', `${this.#quote(shortUrl(this.#url))}: ${detail}`);
  }

  #pathHint(): string {
    const base = this.#url.pathname.replace(/\/chat\/completions$/, '');
    if (/\/chat\/completions/.test(base)) return `${this.#variable} must end before /chat/completions`;
    return /\/v\d/.test(base) ? `Check the path of ${this.#variable}` : `Does ${this.#variable} lack /v1?`;
  }

  #quote(text: string): string {
    return quote(text, this.#key);
  }
}

/** Errors of a connection that can pass while a server starts. */
const IN_TIME = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/;

/** What a failed connection means and what to do, by the system's error code. */
interface ConnectionHint {
  readonly code: RegExp;
  readonly hint: string;
  /** Whether it also happens to a server that works. */
  readonly passes?: boolean;
}

const SCHEME = 'Does the address need http:// instead of https://, or the other way round?';

const HINTS: readonly ConnectionHint[] = [
  {
    code: /^ECONNREFUSED$/,
    hint: 'Nothing listens there. Is the server running? In a container, localhost is the container itself',
  },
  { code: /^(ENOTFOUND|EAI_AGAIN)$/, hint: 'The host name is unknown here, or there is no network' },
  { code: /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/, hint: 'The host or its network cannot be reached' },
  {
    code: /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/,
    hint: 'The host does not accept connections. Is the server running?',
  },
  {
    code: /^(ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)|EPROTO)/,
    hint: `The server does not speak TLS there. ${SCHEME}`,
  },
  {
    code: /^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_)/,
    hint: 'The TLS connection failed. For a private certificate set NODE_EXTRA_CA_CERTS',
  },
  {
    code: /^HTTP_PARSER/,
    hint: 'The server does not speak HTTP there. Does the address need https:// or another port?',
  },
  {
    code: /^(ECONNRESET|UND_ERR_SOCKET)$/,
    hint: `The server closed the connection. ${SCHEME}`,
    passes: true,
  },
];

/** The hint for an error code of a server that has never worked; null if there is none. */
export const hintOf = (code: string): string | null => HINTS.find((one) => one.code.test(code))?.hint ?? null;

/** The hint for an error code that means a wrong address; null if the server may only fail for a while. */
function addressHintOf(code: string): string | null {
  const found = HINTS.find((one) => one.code.test(code));
  return found === undefined || found.passes ? null : found.hint;
}

/** What servers say of a path that they do not know. A 404 with any other reason is about the model. */
const UNKNOWN_PATH =
  /^((file |page |404 |404 page )?not found|invalid url\b.*|unexpected endpoint\b.*|cannot post\b.*|no route\b.*|)\.?$/i;

/** A 404 for an unknown model is JSON and names the model. */
const isPathUnknown = (body: unknown, reason: string) =>
  typeof body === 'string' || UNKNOWN_PATH.test(reason);

/** Without credentials, query and fragment, which may be secret. */
const shortUrl = ({ origin, pathname }: URL) => {
  const url = origin + pathname;
  return url.length <= 120 ? url : `${url.slice(0, 119)}…`;
};
