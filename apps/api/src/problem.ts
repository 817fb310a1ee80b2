import { PROBLEMS, type Problem, type ProblemType } from '@codegen/contract';
import type { Response } from 'express';

/** Invisible characters, and those that control a terminal or reverse the direction of text. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `detail` may quote the request: invisible characters in it become U+FFFD. */
export const describe = (type: ProblemType, detail: string): Problem => ({
  type: `/problems/${type}`,
  title: PROBLEMS[type].title,
  status: PROBLEMS[type].status,
  detail: detail.replace(UNSEEN, '\ufffd'),
});

/** Thrown by a route to answer with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ProblemType, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.problem = describe(type, detail);
    this.headers = headers;
  }
}

export function sendProblem(
  response: Response,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
) {
  response
    .status(problem.status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}
