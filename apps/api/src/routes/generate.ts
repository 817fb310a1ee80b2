import {
  acceptedSchema,
  jobOptionFields,
  jobProblemSchemaOf,
  previousJobIdSchema,
  problemSchemaOf,
  resultSchema,
} from '@codegen/contract';
import { isSimulated, toProblem, toProvisional } from '@codegen/contract/to-job';
import { fromQuery, type Outcome, type Run } from '@codegen/pipeline';
import type { Response } from 'express';
import { z } from 'zod';
import {
  acceptedHeaders,
  coalescedHeader,
  createAcceptedHeaders,
  idempotencyKeyHeader,
  parsePrefer,
  preferHeader,
  readIdempotencyKey,
  replayedHeader,
  simulatedHeader,
  submissionHeaders,
  waitSeconds,
} from '../http/job-headers.ts';
import { readJobOptions, readPreviousJobId } from '../http/job-options.ts';
import { addressOf } from '../http/public-url.ts';
import { parametersOf, readFlag, readQuery } from '../http/query.ts';
import { defineRoute } from '../http/route.ts';
import { requireJob, setSubmissionHeaders } from '../http/submission.ts';
import { fieldsOf, rejectMisspelled } from '../http/unknown-fields.ts';
import {
  loadAfterWait,
  onDisconnectHeader,
  onDisconnectQuery,
  readOnDisconnect,
  waitFor,
} from '../http/waiting.ts';
import { callerIn } from '../middleware/callers.ts';
import { requestTraceOf } from '../middleware/telemetry.ts';
import { createProblem, sendProblem } from '../problem.ts';

const headers = z.object({ ...submissionHeaders, ...replayedHeader, ...coalescedHeader, ...simulatedHeader });

/** Query parameters cannot set `models`. */
const { models: _, ...optionsInUrl } = jobOptionFields;

const queryParameters = z.object({
  query: z.string().min(1).meta({
    description: 'What code you want, in plain words',
    example: 'Write a Python function to reverse a string',
  }),
  previousJobId: previousJobIdSchema.optional(),
  ...optionsInUrl,
  ...onDisconnectQuery,
  coalesce: z
    .enum(['true', 'false'])
    .optional()
    .describe('`false` starts a job even if the same request is in flight'),
});

const MODEL_PROBLEMS = [
  'models-failed',
  'model-key-rejected',
  'model-credit-used-up',
  'model-server-unreachable',
  'workers-lost',
] as const;

export const generate = defineRoute({
  id: 'generate',
  method: 'get',
  path: '/generate',
  tag: 'Code',
  summary: 'Generate code and wait for it',
  description: 'The job continues after the wait: read its result from the job.',
  startsJob: true,
  parameters: {
    query: queryParameters,
    header: z.object({ ...preferHeader, ...idempotencyKeyHeader, ...onDisconnectHeader }),
  },
  responses: {
    200: { description: 'The result', body: resultSchema, headers },
    202: {
      description: 'Not finished yet',
      body: acceptedSchema,
      headers: z.object({ ...submissionHeaders, ...replayedHeader, ...coalescedHeader, ...acceptedHeaders }),
    },
    // Only the budget is that of a job.
    402: {
      body: z.union([jobProblemSchemaOf(['budget-exhausted']), problemSchemaOf(['spending-limit-reached'])]),
      headers: headers.partial(),
    },
    // Only a cancelled job has headers.
    409: { headers: headers.partial() },
    502: { body: jobProblemSchemaOf(MODEL_PROBLEMS), headers },
    504: { body: jobProblemSchemaOf(['deadline-exceeded']), headers },
  },
  problems: [
    'missing-query',
    'repeated-query',
    'invalid-encoding',
    'malformed-preference',
    'malformed-idempotency-key',
    'invalid-parameter',
    'unknown-job',
    'job-not-finished',
    'job-cancelled',
    'query-too-long',
    'idempotency-key-reused',
    'blank-query',
    'unreadable-query',
    ...MODEL_PROBLEMS,
    'budget-exhausted',
    'deadline-exceeded',
    'too-many-jobs',
    'overloaded',
    'spending-limit-reached',
    'intake-paused',
  ],
  handler: (deps) => async (request, response) => {
    const preference = parsePrefer(request.get('Prefer'));
    const query = readQuery(request.originalUrl, deps.maxQueryChars);
    const idempotencyKey = readIdempotencyKey(request);
    const parameters = parametersOf(request.originalUrl);
    rejectMisspelled(parameters, fieldsOf(queryParameters));
    // A GET that a proxy or client repeats joins the job in flight.
    const coalesce = readFlag(parameters, 'coalesce', true) && idempotencyKey === null;
    const previousJobId = readPreviousJobId(parameters);
    const options = readJobOptions(parameters);
    const onDisconnect = readOnDisconnect(request);
    const caller = callerIn(response);
    const submission = await deps.runs.submit(fromQuery(query), {
      caller,
      previousJobId,
      idempotencyKey,
      coalesce,
      options,
      onDisconnect,
      ...requestTraceOf(response),
    });
    requireJob(submission);
    setSubmissionHeaders(response, submission);

    const { id } = submission;
    const seconds = waitSeconds(preference, deps.syncWaitSeconds);
    const finished = await waitFor(id, seconds, onDisconnect, response, deps);
    if (response.destroyed) return;
    const run = finished || seconds === 0 ? finished : await loadAfterWait(deps.runs, id, response);
    if (run?.outcome) return sendResult(response, run, run.outcome, submission.kind === 'replayed');
    const provisional = run && toProvisional(deps.graph, run);
    response
      .status(202)
      .set(createAcceptedHeaders(response, id, preference, seconds))
      .json({
        id,
        status: 'accepted',
        job: addressOf(response, `/jobs/${id}`),
        ...(provisional && { provisional }),
      });
  },
});

/** @param isReplayed whether the job belongs to an earlier request with the same `Idempotency-Key` */
function sendResult(response: Response, run: Run, outcome: Outcome, isReplayed: boolean) {
  if (isSimulated(run)) response.set('X-Simulated', 'true');
  if (outcome.status === 'completed') return void response.json(outcome.response);
  const problem =
    outcome.status === 'failed'
      ? toProblem(outcome)
      : createProblem('job-cancelled', 'Send the request again if you still want the code.');
  const detail = isReplayed ? `${problem.detail.replace(/\.?$/, '.')} ${REPLAYED}` : problem.detail;
  sendProblem(response, { ...problem, detail });
}

const REPLAYED =
  'This is the end of the job of an earlier request with this Idempotency-Key. Use a new key to try again.';
