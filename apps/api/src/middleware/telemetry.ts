import { randomUUID } from 'node:crypto';
import type { Tracing } from '@codegen/telemetry';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { ApiMetrics } from '../metrics.ts';

/** Probes request these every few seconds. */
export const UNLOGGED: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Ids of proxies and clients: UUIDs, ULIDs, hexadecimal and base64 ids. Other text could forge log lines. */
const REQUEST_ID = /^[\w.:=+/-]{8,128}$/;

/**
 * Gives each request an id, that of `X-Request-Id` if it is well-formed, and sends it back. The id is in every log line of
 * the request and of the job that it starts.
 */
export const identifyRequest: RequestHandler = (request, response, next) => {
  const given = request.get('X-Request-Id') ?? '';
  const id = REQUEST_ID.test(given) ? given : randomUUID();
  response.locals.requestId = id;
  response.set('X-Request-Id', id);
  next();
};

/** The id that `identifyRequest` gave. */
export const requestIdIn = ({ locals }: Response): string => String(locals.requestId ?? '');

/** Logs and counts each request when its response closes. Omits the query string, which holds the user's prompt. */
export function accessLog(log: Logger, metrics: ApiMetrics | null): RequestHandler {
  return (request, response, next) => {
    const { method, originalUrl, ip: address } = request;
    if (UNLOGGED.has(originalUrl)) return next();
    const startedAt = Date.now();
    const requestId = requestIdIn(response);
    response.on('error', (error: Error) => log.error({ requestId, err: error }, 'response failed'));
    response.once('close', () => {
      const { statusCode, locals } = response;
      const responseTime = Date.now() - startedAt;
      const line = {
        requestId,
        req: { method, path: originalUrl.split('?', 1)[0] },
        caller: locals.caller,
        address,
        run: response.getHeader('X-Job-Id'),
        res: { statusCode, problem: locals.problem },
        responseTime,
      };
      const message = response.writableFinished ? 'request completed' : 'request aborted';
      log[statusCode >= 500 ? 'error' : 'info'](line, message);
      metrics?.onResponse(method, locals.route ?? 'none', statusCode, responseTime);
      if (locals.problem !== undefined) metrics?.onProblem(locals.problem);
    });
    next();
  };
}

/** Traces each request until its response closes. The query string, which holds the user's prompt, is left out. */
export function traceRequests(tracing: Tracing | null): RequestHandler {
  return (request, response, next) => {
    const { method, originalUrl } = request;
    if (tracing === null || UNLOGGED.has(originalUrl)) return next();
    const [path = ''] = originalUrl.split('?', 1);
    const span = tracing.startRequest({ method, path }, request.get('traceparent'));
    response.locals.traceparent = span.traceparent;
    response.once('close', () => {
      const { statusCode, locals } = response;
      const job = response.getHeader('X-Job-Id');
      span.end({
        requestId: requestIdIn(response),
        route: locals.route ?? null,
        status: statusCode,
        problem: locals.problem ?? null,
        job: typeof job === 'string' ? job : null,
      });
    });
    next();
  };
}

/** The HTTP request that starts a run, for the logs and traces of the run. */
export interface RequestTrace {
  readonly requestId: string;
  /** Undefined if the request is not traced. */
  readonly traceparent: string | undefined;
}

export const requestTraceOf = (response: Response): RequestTrace => ({
  requestId: requestIdIn(response),
  traceparent: response.locals.traceparent,
});
