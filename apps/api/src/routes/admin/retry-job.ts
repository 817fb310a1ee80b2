import { retriedJobSchema } from '@codegen/contract';
import type { Submission } from '@codegen/queue';
import { z } from 'zod';
import { jobPath, jobPathProblems, readJobId } from '../../http/job.ts';
import { replayedHeader, submissionHeaders } from '../../http/job-headers.ts';
import { defineRoute } from '../../http/route.ts';
import { requireJob, setSubmissionHeaders } from '../../http/submission.ts';
import { requestTraceOf } from '../../middleware/telemetry.ts';
import { ProblemError } from '../../problem.ts';

export const retryJob = defineRoute({
  id: 'retryJob',
  method: 'post',
  path: '/admin/jobs/{id}/retry',
  tag: 'Administration',
  summary: 'Run a failed job of any caller again',
  description:
    'Starts a new job of the same caller with the same request, from the stage that failed. Further requests within 24 hours ' +
    'get the same new job: if that fails too, retry it. The limits of the caller hold.',
  admin: true,
  parameters: { path: jobPath },
  responses: {
    202: {
      description: 'The new job',
      body: retriedJobSchema,
      headers: z.object({ ...submissionHeaders, ...replayedHeader }),
    },
  },
  problems: [
    ...jobPathProblems,
    'job-not-failed',
    'too-many-jobs',
    'overloaded',
    'spending-limit-reached',
    'intake-paused',
  ],
  handler:
    ({ runs, graph }) =>
    async (request, response) => {
      const run = await runs.load(readJobId(request.params.id));
      if (run === null) throw new ProblemError('unknown-job', 'Check the id. Jobs expire.');
      if (run.outcome?.status !== 'failed')
        throw new ProblemError('job-not-failed', 'Only a job with the status failed can run again.');
      const { stage } = run.outcome;
      // No caller can send this key, which contains a space.
      const key = { idempotencyKey: `retry of ${run.id}`, ...requestTraceOf(response) };
      const rerun = (from: string) => runs.rerun(run, from, { models: {}, ...key });
      // A run that was lost as a whole did not fail in a stage.
      const entry = graph.entry.stage.name;
      const ofStage = await rerun(stage);
      const submission = ofStage ?? (await rerun(entry));
      if (submission === null) throw new Error('the graph does not have its own first stage');
      // An API with other defaults has started the same retry.
      const isConflict = submission.kind === 'conflict';
      const job: Submission = isConflict ? { ...submission, kind: 'replayed' } : submission;
      requireJob(job);
      setSubmissionHeaders(response, job);
      response.status(202).json({
        id: submission.id,
        caller: run.caller,
        retryOf: run.id,
        from: ofStage === null ? entry : stage,
      });
    },
});
