import { PROBLEMS, type Problem, type ProblemType } from '@codegen/contract';
import { QueueUnavailable } from '@codegen/queue';
import { createRepeatLimit } from '@codegen/settings';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** Invisible characters, and those that control a terminal or the direction of text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Replaces each invisible character of `detail`, which may quote the request, by U+FFFD. */
export const createProblem = (type: ProblemType, detail: string): Problem => ({
  type: `/problems/${type}`,
  title: PROBLEMS[type].title,
  status: PROBLEMS[type].status,
  detail: detail.replace(INVISIBLE, '\ufffd'),
});

/** Answers the request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ProblemType, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.problem = createProblem(type, detail);
    this.headers = headers;
  }
}

export function sendProblem(
  response: Response,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
) {
  response.locals.problem = problem.type.slice('/problems/'.length);
  response
    .status(problem.status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

export const notFound: RequestHandler = ({ path }) => {
  throw new ProblemError(
    'unknown-path',
    `There is no endpoint at ${path.slice(0, 100)}. GET / lists the endpoints.`,
  );
};

/** The problem to answer an error with, and its headers. */
export type ReadProblem = (error: unknown, requestId?: string) => Pick<ProblemError, 'problem' | 'headers'>;

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

/** Sends every error as a problem (RFC 9457). */
export function errorHandler(log: Logger): ErrorRequestHandler {
  const readProblem = createProblemReader(log);
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { problem, headers } = readProblem(error, response.locals.requestId);
    sendProblem(response, problem, headers);
  };
}

/** The problem for an error that Express throws; null for any other error. */
function problemOfExpress(error: { status?: unknown } | undefined): Problem | null {
  // Express cannot decode the path.
  if (error instanceof URIError || error?.status === 400)
    return createProblem('invalid-encoding', 'Percent-encode the path as UTF-8.');
  return null;
}
