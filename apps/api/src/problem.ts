import { PROBLEMS, type Problem, type ProblemType, toOpenAiError } from '@codegen/contract';
import type { RequestHandler, Response } from 'express';

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
    `There is no endpoint at ${path.slice(0, 100)}. GET / lists the endpoints.`,
  );
};
