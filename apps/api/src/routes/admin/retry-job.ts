import { retriedJobSchema } from '@codegen/contract';
import { z } from 'zod';
import { jobPath, jobPathProblems, readJobId } from '../../http/job.ts';
import { setSubmissionHeaders, submitted } from '../../http/job-headers.ts';
import { defineRoute } from '../../http/route.ts';
import { ProblemError } from '../../problem.ts';

export const retryJob = defineRoute({
  id: 'retryJob',
  method: 'post',
  path: '/admin/jobs/{id}/retry',
  tag: 'Administration',
  summary: 'Run a failed job of any caller again',
  description:
    'Starts a new job of the same caller with the same request, from the stage that failed. Each request starts one. The ' +
    'limits of the caller hold.',
  admin: true,
  parameters: { path: jobPath },
  responses: { 202: { description: 'The new job', body: retriedJobSchema, headers: z.object(submitted) } },
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
      const rerun = (from: string) => runs.rerun(run, from, { models: {}, idempotencyKey: null });
      // A run that was lost as a whole did not fail in a stage.
      const entry = graph.entry.stage.name;
      const ofStage = await rerun(stage);
      const submission = ofStage ?? (await rerun(entry));
      if (submission === null) throw new Error('the graph does not have its own first stage');
      setSubmissionHeaders(response, submission);
      response.status(202).json({
        id: submission.id,
        caller: run.caller,
        retryOf: run.id,
        from: ofStage === null ? entry : stage,
      });
    },
});
