import { type CallerLimits, IDEMPOTENCY_SECONDS, type Submission } from '@codegen/queue';
import type { Response } from 'express';
import { ProblemError } from '../problem.ts';
import { addressOf } from './public-url.ts';

/** @throws ProblemError that names the limit and when it ends, if a submission reached a limit of the caller */
function checkCallerLimits(kind: Submission['kind'], { openJobs, usdPerDay, usdPerMonth }: CallerLimits) {
  if (kind === 'caller-limit-reached') {
    const limit = { name: 'openJobs', max: openJobs, resetsAt: null };
    const detail = `You may have ${openJobs} active jobs. Wait until one has finished, or cancel one. No job was started.`;
    throw new ProblemError('too-many-jobs', detail, { 'Retry-After': '5' }, null, { limit });
  }
  if (kind === 'day-limit-reached') throw spendingLimit('usdPerDay', 'a day', usdPerDay, nextDay());
  if (kind === 'month-limit-reached') throw spendingLimit('usdPerMonth', 'a month', usdPerMonth, nextMonth());
}

function spendingLimit(name: string, period: string, max: number | undefined, resetsAt: Date) {
  const until = resetsAt.toISOString();
  return new ProblemError(
    'spending-limit-reached',
    `Your jobs may cost ${max} dollars ${period}, and that is spent until ${until.slice(0, 16).replace('T', ' ')} UTC. No job was started.`,
    {},
    null,
    { limit: { name, max, resetsAt: until } },
  );
}

/** Midnight, UTC. */
export const nextDay = (now = new Date()) =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));

/** The first of the next month, UTC. */
export const nextMonth = (now = new Date()) =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));

const KEY_HOURS = IDEMPOTENCY_SECONDS / 3_600;

/** @throws ProblemError if the submission started no job: the key conflicts, a limit is reached, or the job cannot be continued */
export function requireJob({ id, kind, limits = {} }: Submission) {
  checkCallerLimits(kind, limits);
  if (kind === 'conflict') {
    throw new ProblemError(
      'idempotency-key-reused',
      `Use a new key: this one belongs to job ${id}, a different request, for ${KEY_HOURS} hours or until that job expires.`,
    );
  }
  if (kind === 'full') {
    throw new ProblemError('overloaded', 'Try again in a few seconds. No job was started.', {
      'Retry-After': '5',
    });
  }
  if (kind === 'intake-paused') {
    const detail = 'The operator has paused the start of new jobs. Try again later. No job was started.';
    throw new ProblemError('intake-paused', detail, { 'Retry-After': '60' });
  }
  if (kind === 'no-predecessor') {
    const detail =
      'previousJobId: check the id. The job never existed, or it has expired. No job was started.';
    throw new ProblemError('unknown-job', detail);
  }
  if (kind === 'unfinished-predecessor') {
    const detail = 'previousJobId: wait until that job has finished, or cancel it. No job was started.';
    throw new ProblemError('job-not-finished', detail);
  }
}

/** Sets the headers of the job that a submission started or joined. */
export function setSubmissionHeaders(response: Response, { id, kind }: Submission) {
  response.set({
    'X-Job-Id': id,
    Link: `<${addressOf(response, `/jobs/${id}`)}>; rel="status"`,
    'Cache-Control': 'no-store',
  });
  if (kind === 'coalesced') response.set('X-Job-Coalesced', 'true');
  if (kind === 'replayed') response.set('Idempotent-Replayed', 'true');
}
