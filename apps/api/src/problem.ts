import { PROBLEMS, type Problem, type ProblemType, toOpenAiError } from '@codegen/contract';
import { QueueUnavailable } from '@codegen/queue';
import { createRepeatLimit } from '@codegen/settings';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** Invisible characters, and those that control a terminal or the direction of text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Replaces each invisible character of `detail`, which may quote the request, by U+FFFD. */
export const createProblem = (type: ProblemType, detail: string, extension: object = {}): Problem => ({
  type: `/problems/${type}`,
  title: PROBLEMS[type].title,
  status: PROBLEMS[type].status,
  detail: detail.replace(INVISIBLE, '\ufffd'),
  ...extension,
});

type Headers = Readonly<Record<string, string>>;

/** Answers the request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Headers;
  /** The field of the request that caused it; sent under `/v1` only. */
  readonly param: string | null;

  /** @param extension further members of the problem, for programs */
  constructor(
    type: ProblemType,
    detail: string,
    headers: Headers = {},
    param: string | null = null,
    extension: object = {},
  ) {
    super(detail);
    this.param = param;
    this.problem = createProblem(type, detail, extension);
    this.headers = headers;
  }
}

/** Whether the clients of a path expect errors as OpenAI sends them. */
export const isOpenAiPath = (path: string): boolean => /^\/v1(?:\/|$)/i.test(path);

export function sendProblem(
  response: Response,
  problem: Problem,
  headers: Headers = {},
  param: string | null = null,
) {
  response.locals.problem = problem.type.slice('/problems/'.length);
  response.status(problem.status).set({ ...headers, 'Cache-Control': 'no-store' });
  if (!isOpenAiPath(response.req.originalUrl))
    return void response.type('application/problem+json').send(JSON.stringify(problem));
  // OpenAI's SDKs would repeat every request that failed with a 409 or a 5xx, also one whose job failed.
  response.set('x-should-retry', String('Retry-After' in headers)).json(toOpenAiError(problem, param));
}

export const notFound: RequestHandler = ({ path }) => {
  throw new ProblemError(
    'unknown-path',
    `There is no endpoint at ${path.slice(0, 100)}. GET /openapi.json lists the endpoints.`,
  );
};

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
