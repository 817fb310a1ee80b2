import type { Runs } from '@codegen/queue';
import type { RequestHandler } from 'express';
import { askedBy } from './authenticate.ts';
import { ProblemError } from './problem.ts';

/**
 * Counts what may start a job, whatever becomes of it, and tells callers where they stand in the fields of
 * draft-ietf-httpapi-ratelimit-headers.
 */
export function limitRate(runs: Pick<Runs, 'countStart'>): RequestHandler {
  return async (_request, response, next) => {
    const quota = await runs.countStart(askedBy(response));
    if (quota === null) return next();
    const { allowed, limit, windowSeconds, remaining, resetSeconds } = quota;
    response.set({
      'RateLimit-Policy': `"starts";q=${limit};w=${windowSeconds}`,
      RateLimit: `"starts";r=${remaining};t=${resetSeconds}`,
    });
    if (allowed) return next();
    throw new ProblemError(
      'rate-limited',
      `Nothing was started: ${limit} requests to start a job are allowed in ${windowSeconds} seconds. Try again in ${resetSeconds}.`,
      { 'Retry-After': String(resetSeconds) },
    );
  };
}
