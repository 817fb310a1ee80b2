import { z } from 'zod';
import { type DeepReadonly, failureCodeSchema } from './primitives.ts';

/** Every problem the service answers with. The key ends the problem's `type`; it is stable. The title is for people. */
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
  'budget-exhausted': { status: 402, title: 'The budget of the job is used up' },
  'spending-limit-reached': { status: 402, title: 'Your jobs have cost as much as they may' },
  'cross-site-request': {
    status: 403,
    title: 'The request comes from a web page that may not use the service',
  },
  'prompts-not-shown': { status: 403, title: 'The service does not show prompts' },
  'admin-not-configured': { status: 404, title: 'The service has no administration' },
  'unknown-job': { status: 404, title: 'There is no such job' },
  'unknown-thread': { status: 404, title: 'There is no such thread' },
  'unknown-model': { status: 404, title: 'There is no such model' },
  'unknown-path': { status: 404, title: 'There is nothing at this path' },
  'unknown-problem': { status: 404, title: 'There is no such problem' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'job-not-finished': { status: 409, title: 'The job has not finished' },
  'job-not-failed': { status: 409, title: 'The job has not failed' },
  'nothing-to-accept': { status: 409, title: 'The job has no code yet' },
  'no-webhook': { status: 409, title: 'The job has no webhook' },
  'job-cancelled': { status: 409, title: 'The job was cancelled' },
  'precondition-failed': { status: 412, title: 'The service cannot check the condition of the request' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'query-too-long': { status: 414, title: 'The query is too long' },
  'unsupported-media-type': { status: 415, title: 'The body has a media type that is not supported' },
  'expectation-failed': { status: 417, title: 'The service cannot meet the expectation of the request' },
  'invalid-job-request': { status: 422, title: 'The job request is not valid' },
  'model-not-allowed': { status: 422, title: 'This model cannot be chosen' },
  'invalid-webhook': { status: 422, title: 'The webhook’s address is not allowed' },
  'webhooks-not-configured': { status: 422, title: 'The service delivers no webhooks' },
  'invalid-file': { status: 422, title: 'A file cannot be used' },
  'files-too-large': { status: 422, title: 'The files are too large' },
  'conversation-too-long': { status: 422, title: 'The conversation is too long' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'blank-query': { status: 422, title: 'The query is blank' },
  'unreadable-query': { status: 422, title: 'The query holds characters that are not text' },
  'rate-limited': { status: 429, title: 'Too many requests in too short a time' },
  'too-many-jobs': { status: 429, title: 'You have too many active jobs' },
  'headers-too-large': { status: 431, title: 'The request’s headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  'models-failed': { status: 502, title: 'No model could answer' },
  'model-key-rejected': { status: 502, title: 'The model server rejected the service’s key' },
  'model-credit-used-up': { status: 502, title: 'The service has no credit left with the model server' },
  'model-server-unreachable': { status: 502, title: 'No model server was found at the configured address' },
  'workers-lost': { status: 502, title: 'The workers that ran the job stopped' },
  'queue-unavailable': { status: 503, title: 'The queue is unavailable' },
  overloaded: { status: 503, title: 'The service has too many active jobs' },
  'intake-paused': { status: 503, title: 'The service starts no new jobs at present' },
  'no-worker': { status: 503, title: 'No worker is running' },
  'job-still-running': { status: 504, title: 'The job is still running' },
  'deadline-exceeded': { status: 504, title: 'The time for the job was up' },
} as const;

export type ProblemType = keyof typeof PROBLEMS;

export const problemSchema = z
  .looseObject({
    type: z.string().describe('Stable. Programs should depend on nothing else.'),
    title: z.string().min(1),
    status: z.int().min(400).max(599),
    detail: z.string().min(1).describe('What happened this time, and what to do about it'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

/** Problem details (RFC 9457). */
export type Problem = DeepReadonly<z.output<typeof problemSchema>>;

const typeSchema = (types: readonly ProblemType[]) =>
  z.string().meta({ enum: types.map((type) => `/problems/${type}`) });

/** A problem of one of these types, which share one status. */
export const problemSchemaOf = (types: readonly ProblemType[]) =>
  z.intersection(
    problemSchema,
    z.looseObject({
      type: typeSchema(types),
      status: z.literal(types.map((type) => PROBLEMS[type].status)),
    }),
  );

/** Why a job can fail. */
export const JOB_PROBLEMS = [
  'models-failed',
  'model-key-rejected',
  'model-credit-used-up',
  'model-server-unreachable',
  'workers-lost',
  'internal-error',
  'deadline-exceeded',
  'budget-exhausted',
] as const satisfies readonly ProblemType[];

export type JobProblemType = (typeof JOB_PROBLEMS)[number];

/** The problem of a failed job, of one of these types. */
export const jobProblemSchemaOf = (types: readonly JobProblemType[]) =>
  z.looseObject({
    ...problemSchema.shape,
    type: typeSchema(types),
    stage: z.string().describe('The stage that failed for good'),
    code: failureCodeSchema,
  });

export const jobProblemSchema = jobProblemSchemaOf(JOB_PROBLEMS).meta({
  id: 'JobProblem',
  description: 'Why a job failed.',
});

export type JobProblem = DeepReadonly<z.output<typeof jobProblemSchema>>;

/** `GET /problems/{type}`. */
export const problemTypeSchema = z
  .object({ type: z.string(), status: z.int(), title: z.string() })
  .meta({ id: 'ProblemType' });
