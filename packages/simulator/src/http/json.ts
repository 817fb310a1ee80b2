import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, Problem, RawError } from './errors.ts';

const maxBodyBytes = 32 * 1024 * 1024;

/** Reads a larger body to its end and discards it, so that the client receives the 413. */
function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > maxBodyBytes) parts.length = 0;
      else parts.push(part);
    });
    request.on('end', () => {
      if (size > maxBodyBytes) reject(new ApiError(413, 'Simulated: the body is larger than 32 MiB'));
      else resolve(Buffer.concat(parts).toString('utf8'));
    });
    request.on('error', reject);
  });
}

/** @throws ApiError with status 400 for invalid JSON, 413 for a body above 32 MiB */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await readBody(request));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, 'Simulated: the body is not JSON');
    throw error;
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends a string as text or HTML, anything else as JSON. */
export function sendPage(response: ServerResponse, status: number, body: unknown): void {
  if (typeof body === 'string') {
    const type = body.startsWith('<') ? 'text/html' : 'text/plain';
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  } else sendJson(response, status, body);
}

/** Sends the error of an endpoint, or closes the connection if the response has started. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof Problem) {
    const body = { type: 'about:blank', title: error.message, status: error.status, ...error.details };
    sendJson(response, error.status, body, { 'content-type': 'application/problem+json' });
  } else if (error instanceof RawError) {
    sendPage(response, error.status, error.body);
  } else {
    const failure =
      error instanceof ApiError ? error : new ApiError(500, `Simulator failed: ${String(error)}`);
    sendJson(response, failure.status, failure.body, failure.headers);
  }
}
