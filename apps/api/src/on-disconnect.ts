import type { OnDisconnect } from '@codegen/queue';
import type { Request } from 'express';
import { parametersOf, readOnce } from './parameters.ts';
import { ProblemError } from './problem.ts';

/**
 * What is to become of the run when the last who waits for it has left: `on_disconnect` in the URL or, for clients that
 * can send one, the header `On-Disconnect`. @throws ProblemError
 */
export function readOnDisconnect(request: Request): OnDisconnect {
  const value =
    readOnce(parametersOf(request.originalUrl), 'on_disconnect') ??
    request.get('On-Disconnect') ??
    'continue';
  if (value === 'cancel' || value === 'continue') return value;
  throw new ProblemError('invalid-parameter', 'on_disconnect is either cancel or continue.');
}
