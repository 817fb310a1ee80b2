import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Request {
  readonly method: string;
  /** The request target, sent unchanged. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends a request over a new connection, without the normalization of `fetch`. */
export async function sendRequest(url: string, { method, path, headers, body }: Request): Promise<Reply> {
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const options = { hostname, port, path, agent: false, headers: { ...length, ...headers } };
  const request = httpRequest({ ...options, method: method.toUpperCase() });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  // A server may refuse a request and close the connection before the request ends.
  request.on('error', () => {});
  request.end(body);
  const [response] = await answered;
  const fields = Object.entries(response.headersDistinct).map(([name, values]): [string, string] => [
    name,
    values?.join(', ') ?? '',
  ]);
  return { status: response.statusCode ?? 0, headers: new Headers(fields), body: await text(response) };
}

export const jsonOf = ({ body }: Reply) => JSON.parse(body);
