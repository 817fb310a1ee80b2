import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** Probes request these every few seconds. */
const UNLOGGED: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Logs one line per request when its response closes. Omits the query string, which holds the user's prompt. */
export function requestLog(log: Logger): RequestHandler {
  const onError = (error: Error) => log.error({ err: error }, 'response failed');
  return (request, response, next) => {
    const { method, originalUrl } = request;
    if (UNLOGGED.has(originalUrl)) return next();
    const startedAt = Date.now();
    response.on('error', onError);
    response.once('close', () => {
      const { statusCode } = response;
      const line = {
        req: { method, path: originalUrl.split('?', 1)[0] },
        run: response.getHeader('X-Job-Id'),
        res: { statusCode },
        responseTime: Date.now() - startedAt,
      };
      const outcome = response.writableFinished ? 'request completed' : 'request aborted';
      log[statusCode >= 500 ? 'error' : 'info'](line, outcome);
    });
    next();
  };
}
