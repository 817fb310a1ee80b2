import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import { type AccessRules, isCrossSite } from './browser-security.ts';
import { type ApiKey, callerOf } from './key-ring.ts';

/**
 * Admits operators: requests with a key of `ADMIN_KEYS`, as `Authorization: Bearer <key>` or as the password of HTTP Basic,
 * which browsers ask for. Browsers add a Basic password to the requests of other sites' pages too, which are therefore
 * refused, also as links.
 */
export function requireAdmin(keys: readonly ApiKey[], rules: Pick<AccessRules, 'publicUrl'>): RequestHandler {
  return (request, response, next) => {
    if (keys.length === 0) {
      const detail = 'Set ADMIN_KEYS on the service. “npm run key -- name” creates a key.';
      throw new ProblemError('admin-not-configured', detail);
    }
    if (isCrossSite(request, rules))
      throw new ProblemError('cross-site-request', 'Open the address itself instead of a link to it.');
    const admin = callerOf(keys, keyIn(request.get('Authorization') ?? ''));
    if (admin === null) {
      const detail = 'Send a key of ADMIN_KEYS as the password, or as “Authorization: Bearer <key>”.';
      throw new ProblemError('unauthorized', detail, {
        'WWW-Authenticate': 'Basic realm="administration", charset="UTF-8"',
      });
    }
    // For the access log. Names of callers contain no colon.
    response.locals.caller = `admin:${admin}`;
    next();
  };
}

function keyIn(header: string): string {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S{1,2048})$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
