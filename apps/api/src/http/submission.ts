import { IDEMPOTENCY_SECONDS, type Submission } from '@codegen/queue';
import type { Request, Response } from 'express';
import { ProblemError } from '../problem.ts';

/** The `Idempotency-Key` header, or null. @throws ProblemError if it is malformed */
export function readIdempotencyKey(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ProblemError(
    'malformed-idempotency-key',
    'Use 1 to 255 visible ASCII characters, for example a UUID that you repeat with each retry.',
  );
}

const KEY_HOURS = IDEMPOTENCY_SECONDS / 3_600;

/**
 * Sets the headers of the job that a submission started or joined.
 * @throws ProblemError if it started none: the idempotency key conflicts, or a limit is reached
 */
export function setSubmissionHeaders(response: Response, { id, outcome }: Submission) {
  if (outcome === 'conflict') {
    throw new ProblemError(
      'idempotency-key-reused',
      `Use a new key: this one belongs to job ${id}, a different request, for ${KEY_HOURS} hours or until that job expires.`,
    );
  }
  if (outcome === 'full') {
    throw new ProblemError('overloaded', 'Try again in a few seconds. No job was started.', {
      'Retry-After': '5',
    });
  }
  if (outcome === 'caller-limit-reached') {
    throw new ProblemError(
      'too-many-jobs',
      'Wait until one of your jobs has finished, or cancel one. No job was started.',
      { 'Retry-After': '5' },
    );
  }
  response.set({ 'X-Job-Id': id, Link: `</jobs/${id}>; rel="status"`, 'Cache-Control': 'no-store' });
  if (outcome === 'joined') response.set('X-Job-Coalesced', 'true');
  if (outcome === 'same') response.set('Idempotent-Replayed', 'true');
}
