import type { RequestHandler, Response } from 'express';
import { callerOf } from './api-keys.ts';
import type { KeyRing } from './key-ring.ts';
import { ProblemError } from './problem.ts';

const ANONYMOUS = 'anonymous';

/** Finds out who is asking, by `Authorization: Bearer …`; without keys everybody is the same anonymous caller. */
export function authenticate(ring: Pick<KeyRing, 'current'>): RequestHandler {
  return (request, response, next) => {
    const keys = ring.current();
    const [, given = ''] = /^Bearer +(\S{1,512})$/i.exec(request.get('Authorization') ?? '') ?? [];
    const caller = keys === null ? ANONYMOUS : callerOf(keys, given);
    if (caller === null) {
      throw new ProblemError('unauthorized', 'Send your key as “Authorization: Bearer <key>”.', {
        'WWW-Authenticate': 'Bearer realm="code generation"',
      });
    }
    response.locals.caller = caller;
    next();
  };
}

/** Who asks for the response: there only after `authenticate`. */
export function askedBy(response: Response): string {
  const caller: unknown = response.locals.caller;
  if (typeof caller !== 'string') throw new Error('the route is not behind authenticate');
  return caller;
}
