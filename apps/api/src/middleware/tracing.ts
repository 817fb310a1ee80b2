import type { Tracing } from '@codegen/telemetry';
import type { RequestHandler, Response } from 'express';
import { requestIdIn, UNLOGGED } from './access-log.ts';

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
export interface Origin {
  readonly requestId: string;
  /** Undefined if the request is not traced. */
  readonly traceparent: string | undefined;
}

export const originOf = (response: Response): Origin => ({
  requestId: requestIdIn(response),
  traceparent: response.locals.traceparent,
});
