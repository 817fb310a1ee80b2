import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { Problem } from './problem.ts';
import { sendJson } from './send-json.ts';

/** The response to whatever an endpoint threw; nothing but an end if it had begun another one. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof Problem) {
    const body = { type: 'about:blank', title: error.message, status: error.status, ...error.details };
    sendJson(response, error.status, body, { 'content-type': 'application/problem+json' });
  } else {
    const failure =
      error instanceof ApiError ? error : new ApiError(500, `Simulator failed: ${String(error)}`);
    sendJson(response, failure.status, failure.body, failure.headers);
  }
}
