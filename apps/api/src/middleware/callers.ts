import type { Quota, Runs } from '@codegen/queue';
import type { Request, RequestHandler, Response } from 'express';
import { parametersOf } from '../http/query.ts';
import { ProblemError } from '../problem.ts';
import { callerOf, type KeyRing } from './key-ring.ts';

/** The caller of every request to a service without API keys. */
export const ANONYMOUS = 'anonymous';

/**
 * Identifies the caller by `Authorization: Bearer <key>` and stores it in `response.locals`. A response that is open when its
 * key is revoked ends, so that no stream outlives the key.
 */
export function authenticate(ring: Pick<KeyRing, 'current' | 'watch'>): RequestHandler {
  return (request, response, next) => {
    const keys = ring.current();
    const [, key = ''] = /^Bearer +(\S{1,512})$/i.exec(request.get('Authorization') ?? '') ?? [];
    const caller = keys === null ? ANONYMOUS : callerOf(keys, key);
    if (caller === null) {
      throw new ProblemError('unauthorized', 'Send your key as “Authorization: Bearer <key>”.', {
        'WWW-Authenticate': 'Bearer realm="code generation"',
      });
    }
    response.locals.caller = caller;
    if (keys !== null)
      response.once(
        'close',
        ring.watch(key, () => response.destroy()),
      );
    next();
  };
}

/** The caller that `authenticate` identified. */
export function callerIn(response: Response): string {
  const caller: unknown = response.locals.caller;
  if (typeof caller !== 'string') throw new Error('the route is not behind authenticate');
  return caller;
}

/**
 * Counts a request against its caller's limit, with any response, and reports the limit in the `RateLimit` headers
 * of draft-ietf-httpapi-ratelimit-headers. Requires `authenticate` before it.
 */
export function limitRate(runs: Pick<Runs, 'countStart'>): RequestHandler {
  return async (request, response, next) => {
    if (onlyValidates(request)) return next();
    const quota = await runs.countStart(callerIn(response));
    if (quota === null) return next();
    const { limit, windowSeconds, remaining, resetSeconds } = quota;
    response.set({
      'RateLimit-Policy': `"starts";q=${limit};w=${windowSeconds}`,
      RateLimit: `"starts";r=${remaining};t=${resetSeconds}`,
    });
    checkQuota(quota);
    next();
  };
}

/** Whether a request asks for an estimate. It starts nothing. */
const onlyValidates = ({ method, path, url }: Request) =>
  method === 'POST' && path === '/jobs' && parametersOf(url).get('validateOnly') === 'true';

/** @throws ProblemError if the caller has used up its quota */
export function checkQuota({ allowed, limit, windowSeconds, resetSeconds }: Quota) {
  if (allowed) return;
  throw new ProblemError(
    'rate-limited',
    `Try again in ${resetSeconds} seconds. You may start ${limit} ${limit === 1 ? 'job' : 'jobs'} in ${windowSeconds} seconds.`,
    { 'Retry-After': String(resetSeconds) },
    null,
    {
      limit: {
        name: 'requestsPerMinute',
        max: limit,
        resetsAt: new Date(Date.now() + resetSeconds * 1_000).toISOString(),
      },
    },
  );
}
