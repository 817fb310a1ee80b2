import type { Runs } from '@codegen/queue';
import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import { callerIn } from './authenticate.ts';

/**
 * Counts a request against its caller's limit, whatever the response, and reports the limit in the `RateLimit` headers
 * of draft-ietf-httpapi-ratelimit-headers. Requires `authenticate` before it.
 */
export function limitRate(runs: Pick<Runs, 'countStart'>): RequestHandler {
  return async (_request, response, next) => {
    const quota = await runs.countStart(callerIn(response));
    if (quota === null) return next();
    const { allowed, limit, windowSeconds, remaining, resetSeconds } = quota;
    response.set({
      'RateLimit-Policy': `"starts";q=${limit};w=${windowSeconds}`,
      RateLimit: `"starts";r=${remaining};t=${resetSeconds}`,
    });
    if (allowed) return next();
    throw new ProblemError(
      'rate-limited',
      `Try again in ${resetSeconds} seconds. You may start ${limit} jobs in ${windowSeconds} seconds.`,
      { 'Retry-After': String(resetSeconds) },
    );
  };
}
