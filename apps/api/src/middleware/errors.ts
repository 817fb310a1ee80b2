import type { Problem } from '@codegen/contract';
import { QueueUnavailable } from '@codegen/queue';
import { createRepeatLimit } from '@codegen/settings';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { createProblem, ProblemError, sendProblem } from '../problem.ts';

/** The problem to answer an error with, its headers, and the field that caused it. */
export type ReadProblem = (
  error: unknown,
  requestId?: string,
) => Pick<ProblemError, 'problem' | 'headers'> & Partial<Pick<ProblemError, 'param'>>;

/** Logs each error that is not the client's. */
export function createProblemReader(log: Logger): ReadProblem {
  const repeats = createRepeatLimit();
  return (error, requestId) => {
    if (error instanceof ProblemError) return error;
    if (error instanceof QueueUnavailable) {
      const fields = { reason: error.message, cause: String(error.cause ?? '') };
      repeats.log(`${fields.reason} ${fields.cause}`, (repeated) =>
        log.warn({ requestId, ...fields, ...(repeated > 0 && { repeated }) }, 'queue unavailable'),
      );
      return new ProblemError('queue-unavailable', 'Try again in a few seconds.', { 'Retry-After': '2' });
    }
    const problem = problemOfExpress(error as Parameters<typeof problemOfExpress>[0]);
    // Otherwise Node would read the rest of a body of any length.
    if (problem !== null) return { problem, headers: problem.status === 413 ? { Connection: 'close' } : {} };
    log.error({ requestId, err: error }, 'unexpected error');
    return new ProblemError('internal-error', 'Report this to the operator: the log has the error.');
  };
}

/** Sends every error as a problem (RFC 9457), or under `/v1` as OpenAI does. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  const readProblem = createProblemReader(log);
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { problem, headers, param } = readProblem(error, response.locals.requestId);
    sendProblem(response, problem, headers, param);
  };
}

/** The problem for an error that Express throws; null for any other error. */
function problemOfExpress(error: { status?: unknown } | undefined): Problem | null {
  // Express cannot decode the path.
  if (error instanceof URIError || error?.status === 400)
    return createProblem('invalid-encoding', 'Percent-encode the path as UTF-8.');
  return null;
}
