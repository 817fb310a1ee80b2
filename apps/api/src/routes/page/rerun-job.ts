import { acceptedJobSchema, jobSchema, rerunRequestSchema } from '@codegen/contract';
import { toJob } from '@codegen/contract/to-job';
import { z } from 'zod';
import { findRun, jobPath, jobPathProblems, sendJob } from '../../http/job.ts';
import {
  acceptedHeaders,
  createAcceptedHeaders,
  idempotencyKeyHeader,
  parsePrefer,
  readIdempotencyKey,
  replayedHeader,
  simulatedHeader,
  submissionHeaders,
} from '../../http/job-headers.ts';
import { toRunOptions } from '../../http/job-options.ts';
import { defineRoute } from '../../http/route.ts';
import { requireJob, setSubmissionHeaders } from '../../http/submission.ts';
import { fieldsOf, issueOf } from '../../http/unknown-fields.ts';
import { loadAfterWait } from '../../http/waiting.ts';
import { callerIn } from '../../middleware/callers.ts';
import { requestTraceOf } from '../../middleware/telemetry.ts';
import { ProblemError } from '../../problem.ts';

export const rerunJob = defineRoute({
  id: 'rerunJob',
  method: 'post',
  path: '/jobs/{id}/rerun',
  tag: 'Jobs',
  summary: 'Run a finished job again from a stage',
  description:
    'Starts a new job with the same request. It reuses the outputs of the stages that do not depend on `from`, and their ' +
    'cost is not counted again.',
  startsJob: true,
  parameters: { path: jobPath, header: z.object(idempotencyKeyHeader) },
  body: rerunRequestSchema,
  responses: {
    200: {
      description: 'The finished job of an earlier request with the same Idempotency-Key',
      body: jobSchema,
      headers: z.object({ ...submissionHeaders, ...replayedHeader, ...simulatedHeader }).partial(),
    },
    202: {
      description: 'The new job',
      body: z.union([jobSchema, acceptedJobSchema]),
      headers: z.object({ ...submissionHeaders, ...replayedHeader, ...acceptedHeaders }),
    },
  },
  problems: [
    ...jobPathProblems,
    'malformed-idempotency-key',
    'malformed-json',
    'unsupported-media-type',
    'invalid-job-request',
    'model-not-allowed',
    'idempotency-key-reused',
    'job-not-finished',
    'too-many-jobs',
    'overloaded',
    'spending-limit-reached',
    'intake-paused',
  ],
  handler: (deps) => async (request, response) => {
    const parsed = rerunRequestSchema.safeParse(request.body);
    if (!parsed.success)
      throw new ProblemError('invalid-job-request', issueOf(parsed.error, fieldsOf(rerunRequestSchema)));
    const { from, models } = parsed.data;
    const allowed = deps.keyRing.limitsOf(callerIn(response)).models ?? deps.allowedModels;
    const idempotencyKey = readIdempotencyKey(request);
    const run = await findRun(deps.runs, request.params.id, response);
    // Those of the finished job too: what its caller may choose may have changed.
    const options = toRunOptions({ models: { ...run.options.models, ...models } }, allowed);
    if (run.outcome === null)
      throw new ProblemError('job-not-finished', `Cancel it first: POST /jobs/${run.id}/cancel`);
    const submission = await deps.runs.rerun(run, from, {
      models: options.models ?? {},
      idempotencyKey,
      ...requestTraceOf(response),
    });
    if (submission === null)
      throw new ProblemError('invalid-job-request', `from: ${JSON.stringify(from)} is no stage of this job.`);
    requireJob(submission);
    setSubmissionHeaders(response, submission);
    const { id } = submission;
    const started = await loadAfterWait(deps.runs, id, response);
    if (started?.outcome) return sendJob(response, deps, started);
    response
      .status(202)
      .set(createAcceptedHeaders(response, id, parsePrefer(), 0))
      .json(started ? toJob(deps, started) : { id, status: 'queued' });
  },
});
