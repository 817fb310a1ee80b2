import { json, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { ProblemError } from '../problem.ts';

/** Probes request these every few seconds. */
const UNLOGGED: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Logs one line per request when its response closes. Omits the query string, which holds the user's prompt. */
export function requestLog(log: Logger): RequestHandler {
  const onError = (error: Error) => log.error({ err: error }, 'response failed');
  return (request, response, next) => {
    const { method, originalUrl } = request;
    if (UNLOGGED.has(originalUrl)) return next();
    const startedAt = Date.now();
    response.on('error', onError);
    response.once('close', () => {
      const { statusCode } = response;
      const line = {
        req: { method, path: originalUrl.split('?', 1)[0] },
        run: response.getHeader('X-Job-Id'),
        res: { statusCode },
        responseTime: Date.now() - startedAt,
      };
      const outcome = response.writableFinished ? 'request completed' : 'request aborted';
      log[statusCode >= 500 ? 'error' : 'info'](line, outcome);
    });
    next();
  };
}

/** Browsers and proxies together send about 30. */
const MAX_HEADERS = 100;

/** Rejects a request with too many headers. Node would silently drop those beyond its own limit. */
export const limitHeaders: RequestHandler = ({ rawHeaders }, _response, next) => {
  if (rawHeaders.length <= 2 * MAX_HEADERS) return next();
  const detail = `Send at most ${MAX_HEADERS} headers.`;
  throw new ProblemError('headers-too-large', detail, { Connection: 'close' });
};

/** Maximum size of a job request: the longest conversation in UTF-8, with room for JSON. */
const MAX_JSON_BYTES = 1024 * 1024;

/** Maximum size of a body that the route ignores. */
const MAX_IGNORED_BYTES = 64 * 1024;

/** Rejects a body that is too large or has no `Content-Length`, before it is read. */
export function limitBody(readsBody: boolean): RequestHandler {
  const max = readsBody ? MAX_JSON_BYTES : MAX_IGNORED_BYTES;
  const detail = readsBody
    ? `Send at most ${max} bytes, with a Content-Length header.`
    : 'Send no body: this request takes its input from the URL.';
  return (request, _response, next) => {
    const bytes = request.get('Transfer-Encoding')
      ? Number.POSITIVE_INFINITY
      : Number(request.get('Content-Length') ?? 0);
    if (bytes <= max) return next();
    throw new ProblemError('body-too-large', detail, { Connection: 'close' });
  };
}

const checkType: RequestHandler = (request, _response, next) => {
  if (!/^application\/json\s*(?:;|$)/i.test(request.get('Content-Type') ?? ''))
    throw new ProblemError('unsupported-media-type', 'Send JSON with Content-Type: application/json.');
  if (Number(request.get('Content-Length') ?? 0) > 0) return next();
  throw new ProblemError('malformed-json', 'The body is empty. Send one JSON object.');
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON parser would replace invalid bytes by U+FFFD, and the models would get a different request. */
function checkEncoding(bytes: Uint8Array, encoding: string) {
  if (encoding !== 'utf-8') throw new ProblemError('unsupported-media-type', 'Send JSON in UTF-8.');
  try {
    utf8.decode(bytes);
  } catch {
    throw new ProblemError('malformed-json', 'The body is not UTF-8. Encode it as UTF-8.');
  }
}

/** Maximum number of JSON values in a body. The longest conversation with all options has about 700. */
const MAX_VALUES = 2_000;

/** Zod reports an issue per value: a megabyte of empty objects would take seconds and hundreds of megabytes. */
const limitValues: RequestHandler = ({ body }, _response, next) => {
  const stack: unknown[] = [body];
  let count = 0;
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const values = Object.values(value);
    count += values.length;
    if (count > MAX_VALUES) {
      throw new ProblemError('invalid-job-request', `Send a body of at most ${MAX_VALUES} values.`);
    }
    stack.push(...values);
  }
  next();
};

/** Parses a JSON body into `request.body`. Compressed bodies are rejected. Requires `limitBody` before it. */
export const jsonBody: RequestHandler[] = [
  checkType,
  json({
    limit: MAX_JSON_BYTES,
    strict: false,
    inflate: false,
    verify: (_request, _response, bytes, encoding) => checkEncoding(bytes, encoding),
  }),
  limitValues,
];
