import { json, type RequestHandler } from 'express';
import { ProblemError } from './problem.ts';

/** Bytes of a job request: a conversation of the greatest length in UTF-8, with room for JSON. */
export const MAX_JOB_BYTES = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A request has a length or no body: others were refused before. */
const checkType: RequestHandler = (request, _response, next) => {
  if (!/^application\/json\s*(?:;|$)/i.test(request.get('Content-Type') ?? ''))
    throw new ProblemError('unsupported-media-type', 'Send JSON with Content-Type: application/json.');
  if (Number(request.get('Content-Length') ?? 0) > 0) return next();
  throw new ProblemError('malformed-json', 'The body is empty. Send one JSON object.');
};

/** The parser would put a stand-in for what is not UTF-8, and the models would be asked something else. */
function checkEncoding(bytes: Uint8Array, encoding: string) {
  if (encoding !== 'utf-8') throw new ProblemError('unsupported-media-type', 'Send JSON in UTF-8.');
  try {
    utf8.decode(bytes);
  } catch {
    throw new ProblemError('malformed-json', 'The body is not UTF-8.');
  }
}

/** Values of all kinds in a body; the longest conversation with all there is to say about it has some 700. */
const MOST_VALUES = 2_000;

/** A megabyte of empty objects would take the schemas seconds and hundreds of megabytes, an issue for each. */
const checkCount: RequestHandler = ({ body }, _response, next) => {
  const open: unknown[] = [body];
  let count = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const values = Object.values(value);
    count += values.length;
    if (count > MOST_VALUES) {
      throw new ProblemError(
        'invalid-job-request',
        `A body may hold ${MOST_VALUES} values; this one has more.`,
      );
    }
    open.push(...values);
  }
  next();
};

/** Puts the JSON of a body, which must come as it is, into `request.body`. */
export const jsonBody: RequestHandler[] = [
  checkType,
  json({
    limit: MAX_JOB_BYTES,
    strict: false,
    inflate: false,
    verify: (_request, _response, bytes, encoding) => checkEncoding(bytes, encoding),
  }),
  checkCount,
];
