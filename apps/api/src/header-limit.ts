import type { RequestHandler } from 'express';
import { ProblemError } from './problem.ts';

/** Browsers and proxies together send some thirty. */
const MOST = 100;

/** Node passes over headers beyond a number of its own without a word; here nothing that was sent goes unread. */
export const limitHeaders: RequestHandler = ({ rawHeaders }, _response, next) => {
  if (rawHeaders.length <= 2 * MOST) return next();
  throw new ProblemError('headers-too-large', `Send at most ${MOST} headers.`, { Connection: 'close' });
};
