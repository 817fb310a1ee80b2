import { IDEMPOTENCY_SECONDS, type Submission } from '@codegen/queue';
import type { Request, Response } from 'express';
import { ProblemError } from './problem.ts';

/** The `Idempotency-Key` of a request; null if it has none. @throws ProblemError */
export function readIdempotencyKey(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ProblemError(
    'malformed-idempotency-key',
    'Use 1 to 255 visible ASCII characters, for example a UUID that is drawn once per request and kept for its retries.',
  );
}

/** Tells a client when it got a run that was there before. @throws ProblemError if its key stands for another request */
export function tellSubmission(response: Response, { id, outcome }: Submission) {
  if (outcome === 'conflict') {
    throw new ProblemError(
      'idempotency-key-reused',
      `The key stands for job ${id}, which was asked something else. Draw a new key; one stands for its job for ${IDEMPOTENCY_SECONDS / 3_600} hours, or as long as the job is kept.`,
    );
  }
  if (outcome === 'full') {
    throw new ProblemError('overloaded', 'Nothing was started. Try again shortly.', { 'Retry-After': '5' });
  }
  if (outcome === 'caller-limit-reached') {
    throw new ProblemError(
      'too-many-jobs',
      'Nothing was started: as many of your jobs as you may have at a time have not ended. Wait for one or cancel it.',
      { 'Retry-After': '5' },
    );
  }
  response.set({ 'X-Job-Id': id, Link: `</jobs/${id}>; rel="status"`, 'Cache-Control': 'no-store' });
  if (outcome === 'joined') response.set('X-Job-Coalesced', 'true');
  if (outcome === 'same') response.set('Idempotent-Replayed', 'true');
}
