import type { Problem } from '@codegen/contract';
import { QueueUnavailable } from '@codegen/queue';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { createProblem, ProblemError, sendProblem } from '../problem.ts';

export const notFound: RequestHandler = ({ path }) => {
  throw new ProblemError('unknown-path', `Nothing is at ${path.slice(0, 100)}. GET / lists the endpoints.`);
};

/** Sends every error as a problem (RFC 9457). */
export const errorHandler =
  (log: Logger): ErrorRequestHandler =>
  (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof ProblemError) return sendProblem(response, error.problem, error.headers);
    if (error instanceof QueueUnavailable) {
      log.warn({ why: error.message, cause: String(error.cause ?? '') }, 'queue unavailable');
      return sendProblem(response, createProblem('queue-unavailable', 'Try again in a few seconds.'), {
        'Retry-After': '2',
      });
    }
    const problem = problemOfExpress(error);
    if (problem !== null) return sendProblem(response, problem);
    log.error({ err: error }, 'unexpected error');
    sendProblem(
      response,
      createProblem('internal-error', 'Report this to the operator: the log has the error.'),
    );
  };

/** The problem for an error that Express or its body parser throws; null for any other error. */
function problemOfExpress(error: { type?: unknown; status?: unknown } | undefined): Problem | null {
  if (error?.type === 'entity.parse.failed') return createProblem('malformed-json', 'Send one JSON object.');
  if (error?.status === 413) return createProblem('body-too-large', 'Send a smaller body.');
  if (error?.status === 415)
    return createProblem('unsupported-media-type', 'Send plain JSON in UTF-8, not compressed.');
  // Express cannot decode the path.
  if (error instanceof URIError || error?.status === 400)
    return createProblem('invalid-encoding', 'Percent-encode the path as UTF-8.');
  return null;
}
