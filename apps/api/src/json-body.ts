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

/** Puts the JSON of a body, which must come as it is, into `request.body`. */
export const jsonBody: [RequestHandler, RequestHandler] = [
  checkType,
  json({
    limit: MAX_JOB_BYTES,
    strict: false,
    inflate: false,
    verify: (_request, _response, bytes, encoding) => checkEncoding(bytes, encoding),
  }),
];
