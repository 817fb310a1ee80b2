import { hintOf } from '../model/base-url-fault.ts';
import { parseErrorBody, reasonOf } from '../model/error-body.ts';
import { systemCodeOf } from '../model/failures.ts';
import { ResponseTooLargeError } from '../model/response-memory.ts';
import { ResponseReader } from '../model/response-reader.ts';
import { createTransport, type Transport } from '../model/transport.ts';
import { createAdaptation } from './adaptation.ts';
import type { ModelServer } from './settings.ts';

/** `no-list`: the server may work, but has no list of models. `address`: its API is elsewhere. */
export type ServerFaultKind = 'unreachable' | 'key' | 'address' | 'no-list';

/** A server that cannot be used as it is configured. The message names the address and the setting. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  readonly kind: ServerFaultKind;

  constructor(kind: ServerFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface ServerReply {
  readonly status: number;
  readonly text: string;
  /** The server's own words if it is an error; '' if there are none. */
  readonly reason: string;
}

/**
 * Sends one request to a model server: a GET, or a POST of `body`. A POST is repeated without parts that the server
 * refuses. @throws ServerFault if the server does not answer in time, redirects or rejects the key
 */
export async function request(
  server: ModelServer,
  path: string,
  { timeoutMs, body }: { readonly timeoutMs: number; readonly body?: object },
): Promise<ServerReply> {
  const transport = createTransport({
    baseUrl: server.baseUrl,
    connectMs: timeoutMs,
    idleMs: 1_000,
    proxy: server.proxy,
  });
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const adapted = createAdaptation().wrapFetch(transport.fetch);
    let reply = await send(server, path, adapted, signal, body);
    // Every refusal teaches the adaptation a part to leave out.
    for (let repeats = 0; repeats < MAX_REPEATS && [400, 422].includes(reply.status); repeats++)
      reply = await send(server, path, adapted, signal, body);
    return check(server, reply);
  } catch (error) {
    if (error instanceof ServerFault) throw error;
    throw unreachable(server, error, timeoutMs);
  } finally {
    await transport.close();
  }
}

const MAX_REPEATS = 3;
const MAX_LIST_BYTES = 16 * 2 ** 20;

type Reply = ServerReply & { readonly location: string | null };

/** Below the base URL, which may have a query: `…/v1?api-version=1`. */
function urlOf({ baseUrl }: ModelServer, path: string): string {
  const url = new URL(baseUrl);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url.href;
}

async function send(
  server: ModelServer,
  path: string,
  fetch: Transport['fetch'],
  signal: AbortSignal,
  body: object | undefined,
): Promise<Reply> {
  const reader = new ResponseReader();
  const abort = () => reader.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const response = await fetch(urlOf(server, path), {
    method: body === undefined ? 'GET' : 'POST',
    headers: new Headers({
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(server.apiKey !== null && { authorization: `Bearer ${server.apiKey}` }),
      ...server.headers,
    }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    reader,
  } as RequestInit);
  // A list of models can be longer than the bodies that the transport reads itself.
  const isRead = body !== undefined && [400, 422].includes(response.status);
  const text = isRead ? reader.errorText : await reader.text(MAX_LIST_BYTES);
  signal.removeEventListener('abort', abort);
  const location = response.headers.get('location');
  return { status: response.status, text, reason: reasonIn(text), location: location && oneLine(location) };
}

function check(server: ModelServer, reply: Reply): Reply {
  const { baseUrl, apiKey, headers, urlVariable } = server;
  const { status, location, text } = reply;
  const reason = apiKey === null ? reply.reason : reply.reason.replaceAll(apiKey, '…');
  const keyVariable =
    Object.keys(headers).length === 0
      ? server.keyVariable
      : `${server.keyVariable} and ${server.headersVariable}`;
  const said = reason === '' ? '' : ` It says: ${reason}`;
  if (status === 401 || status === 403 || (status === 400 && /API_KEY_INVALID/.test(text))) {
    const advice =
      apiKey === null ? `requires a key; set ${keyVariable}` : `rejects the key; check ${keyVariable}`;
    throw new ServerFault('key', `The model server at ${baseUrl} ${advice}.${said}`);
  }
  if (status >= 300 && status < 400) {
    throw new ServerFault(
      'address',
      `The server at ${baseUrl} redirects to ${location ?? 'another address'}; set ${urlVariable} to where its API is.`,
    );
  }
  return reply;
}

function unreachable({ baseUrl, urlVariable }: ModelServer, error: unknown, timeoutMs: number): ServerFault {
  if (error instanceof ResponseTooLargeError)
    return new ServerFault(
      'no-list',
      `The server at ${baseUrl} sends more than a list of models; check ${urlVariable}.`,
    );
  const code = systemCodeOf(error);
  const isTimeout = /TIMEOUT/.test(code) || (error instanceof Error && error.name === 'TimeoutError');
  const why = isTimeout
    ? `no answer within ${timeoutMs / 1_000} s`
    : [code, hintOf(code) ?? 'The connection failed'].filter(Boolean).join('. ');
  return new ServerFault(
    'unreachable',
    `The model server at ${baseUrl} does not answer: ${why}. The address is in ${urlVariable}.`.replace(
      '?.',
      '?',
    ),
  );
}

const MAX_REASON_CHARS = 300;

/** The reason in an error body of any server; '' for a page or broken JSON. One line, at most 300 characters. */
function reasonIn(text: string): string {
  const body = parseErrorBody(text);
  return typeof body === 'string' && /^[<{[]/.test(body) ? '' : oneLine(reasonOf(body));
}

/** Text of a server, safe to print: one line without control characters, at most 300 characters. */
const oneLine = (text: string) =>
  text
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON_CHARS)
    .toWellFormed();
