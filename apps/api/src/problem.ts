import { JOB_PROBLEMS } from '@codegen/job';
import type { Response } from 'express';
import type { z } from 'zod';

/** Every problem of the API. The key is the last part of its `type`, which is stable; the title is for people. */
export const PROBLEMS = {
  'missing-query': { status: 400, title: 'The query is missing' },
  'repeated-query': { status: 400, title: 'The query is given more than once' },
  'invalid-encoding': { status: 400, title: 'The URL is not valid UTF-8' },
  'malformed-preference': { status: 400, title: 'The Prefer header cannot be read' },
  'malformed-job-id': { status: 400, title: 'This is not a job id' },
  'malformed-cursor': { status: 400, title: 'The cursor cannot be read' },
  'malformed-idempotency-key': { status: 400, title: 'The Idempotency-Key cannot be read' },
  'invalid-parameter': { status: 400, title: 'A parameter has a value that is not allowed' },
  'invalid-filter': { status: 400, title: 'The filter is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-request': { status: 400, title: 'This is not an HTTP request' },
  unauthorized: { status: 401, title: 'The key is missing or not valid' },
  'budget-exhausted': JOB_PROBLEMS['budget-exhausted'],
  'foreign-page': { status: 403, title: 'The request comes from a web page that may not use the service' },
  'unknown-job': { status: 404, title: 'There is no such job' },
  'unknown-path': { status: 404, title: 'There is nothing at this path' },
  'unknown-problem': { status: 404, title: 'There is no such problem' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'job-not-finished': { status: 409, title: 'The job has not finished' },
  'nothing-to-accept': { status: 409, title: 'The job has no code yet' },
  'no-webhook': { status: 409, title: 'The job has no webhook' },
  'job-cancelled': { status: 409, title: 'The job was cancelled' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'query-too-long': { status: 414, title: 'The query is too long' },
  'unsupported-media-type': { status: 415, title: 'The body has a media type that is not supported' },
  'invalid-job-request': { status: 422, title: 'The job request is not valid' },
  'model-not-allowed': { status: 422, title: 'This model cannot be chosen' },
  'invalid-webhook': { status: 422, title: 'The webhook’s address is not allowed' },
  'webhooks-not-configured': { status: 422, title: 'The service delivers no webhooks' },
  'conversation-too-long': { status: 422, title: 'The conversation is too long' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'blank-query': { status: 422, title: 'The query is blank' },
  'unreadable-query': { status: 422, title: 'The query holds characters that are not text' },
  'rate-limited': { status: 429, title: 'Too many requests in too short a time' },
  'too-many-jobs': { status: 429, title: 'You have too many active jobs' },
  'headers-too-large': { status: 431, title: 'The request’s headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  'models-failed': JOB_PROBLEMS['models-failed'],
  'model-key-rejected': JOB_PROBLEMS['model-key-rejected'],
  'model-credit-used-up': JOB_PROBLEMS['model-credit-used-up'],
  'queue-unavailable': { status: 503, title: 'The queue is unavailable' },
  overloaded: { status: 503, title: 'The service has too many active jobs' },
  'no-worker': { status: 503, title: 'No worker is running' },
  'deadline-exceeded': JOB_PROBLEMS['deadline-exceeded'],
} as const;

export type ProblemType = keyof typeof PROBLEMS;

/** Problem details (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What to do about it. */
  readonly detail: string;
  readonly [extension: string]: unknown;
}

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
