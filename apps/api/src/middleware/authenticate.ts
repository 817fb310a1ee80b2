import type { RequestHandler, Response } from 'express';
import { ProblemError } from '../problem.ts';
import { callerOf, type KeyRing } from './api-keys.ts';

/** The caller of every request to a service without API keys. */
const ANONYMOUS = 'anonymous';

/** Identifies the caller by `Authorization: Bearer <key>` and stores it in `response.locals`. */
export function authenticate(ring: Pick<KeyRing, 'current'>): RequestHandler {
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
    next();
  };
}

/** The caller that `authenticate` identified. */
export function callerIn(response: Response): string {
  const caller: unknown = response.locals.caller;
  if (typeof caller !== 'string') throw new Error('the route is not behind authenticate');
  return caller;
}
