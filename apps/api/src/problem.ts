import { PROBLEMS, type Problem, type ProblemType } from '@codegen/contract';
import type { Response } from 'express';
import type { z } from 'zod';

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
  response
    .status(problem.status)
    .set({ ...headers, 'Cache-Control': 'no-store' })
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

/** The first issue of a schema as a `detail` of at most 300 characters: `field: what is allowed`. */
export function issueOf({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
  return `${where}${issue?.message ?? 'not valid'}`.slice(0, 300);
}
