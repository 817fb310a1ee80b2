import type { ProblemType } from '@codegen/contract';
import type { Request, RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';

/** Browsers and proxies together send about 30. */
const MAX_HEADERS = 100;

/** Rejects a request with too many headers. Node would silently drop those beyond its own limit. */
export const limitHeaderCount: RequestHandler = ({ rawHeaders }, _response, next) => {
  if (rawHeaders.length <= 2 * MAX_HEADERS) return next();
  const detail = `Send at most ${MAX_HEADERS} headers.`;
  throw new ProblemError('headers-too-large', detail, { Connection: 'close' });
};

/** Conditions that must hold for a request to be carried out (RFC 9110, 13.1). */
const PRECONDITIONS = ['If-Match', 'If-Unmodified-Since'];

/** Headers that let a response be shortened. The service has no validators, so it always sends the whole one. */
const SHORTENING = ['if-none-match', 'if-modified-since', 'if-range', 'range'];

/**
 * Rejects, before any work, requests without exactly one `Host`, with an `Expect` that the service does not know, or with a
 * precondition that it cannot check: it has no ETags and no times of change.
 */
export const checkHeaders: RequestHandler = (request, _response, next) => {
  const { rawHeaders, httpVersion, headers } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0'))
    throw new ProblemError('malformed-request', 'Send exactly one Host header.', { Connection: 'close' });
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    throw new ProblemError('expectation-failed', 'Send no Expect header, or Expect: 100-continue.', {
      Connection: 'close',
    });
  const precondition = PRECONDITIONS.find((name) => request.get(name) !== undefined);
  if (precondition !== undefined)
    throw new ProblemError('precondition-failed', `Leave ${precondition} out: nothing here has an ETag.`);
  for (const name of SHORTENING) delete headers[name];
  next();
};

/** Maximum size of a job request: the longest conversation in UTF-8, with room for JSON. */
const MAX_JSON_BYTES = 1024 * 1024;

/** Maximum size of a body that the route ignores. */
const MAX_IGNORED_BYTES = 64 * 1024;

const tooLarge = (detail: string) => new ProblemError('body-too-large', detail, { Connection: 'close' });

/**
 * Reads a body to its end. Body-parser would read the rest of a body that is too large, which may have no end.
 * @throws ProblemError as soon as it exceeds `max` bytes
 */
function readBody(request: Request, max: number, detail: string, take = (_chunk: Buffer) => {}) {
  return new Promise<void>((resolve, reject) => {
    let bytes = 0;
    const read = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= max) return take(chunk);
      request.off('data', read).pause();
      reject(tooLarge(detail));
    };
    request.on('data', read).once('end', resolve);
  });
}

const JSON_DETAIL = `Send at most ${MAX_JSON_BYTES} bytes.`;
const IGNORED_DETAIL = 'Send no body: this request takes its input from the URL.';

/** Rejects a body that is too large: by its `Content-Length` before it is read, or while a chunked one is read. */
export function limitBody(readsBody: boolean): RequestHandler {
  const [max, detail] = readsBody ? [MAX_JSON_BYTES, JSON_DETAIL] : [MAX_IGNORED_BYTES, IGNORED_DETAIL];
  return async (request, _response, next) => {
    if (Number(request.get('Content-Length') ?? 0) > max) throw tooLarge(detail);
    if (!readsBody && request.get('Transfer-Encoding') !== undefined) await readBody(request, max, detail);
    next();
  };
}

/** US-ASCII is a subset of UTF-8. */
const UTF8_NAMES: readonly string[] = ['', 'utf8', 'usascii', 'ascii'];

const checkType: RequestHandler = (request, _response, next) => {
  if (!/^(?:identity)?$/i.test(request.get('Content-Encoding') ?? ''))
    throw new ProblemError('unsupported-media-type', 'Send plain JSON, not compressed.');
  const type = request.get('Content-Type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    throw new ProblemError('unsupported-media-type', 'Send JSON with Content-Type: application/json.');
  const [, charset = ''] = /;\s*charset\s*=\s*([^;]*)/i.exec(type) ?? [];
  if (UTF8_NAMES.includes(charset.replace(/[\s"_-]/g, '').toLowerCase())) return next();
  throw new ProblemError('unsupported-media-type', 'Send JSON in UTF-8.');
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes strictly: a lenient decoder would replace invalid bytes, and the models would get a different request. */
function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProblemError('malformed-json', 'The body is not UTF-8. Encode it as UTF-8.');
  }
}

const readJson: RequestHandler = async (request, _response, next) => {
  const chunks: Buffer[] = [];
  await readBody(request, MAX_JSON_BYTES, JSON_DETAIL, (chunk) => chunks.push(chunk));
  if (chunks.length === 0)
    throw new ProblemError('malformed-json', 'The body is empty. Send one JSON object.');
  const text = decode(Buffer.concat(chunks));
  try {
    request.body = JSON.parse(text);
  } catch {
    throw new ProblemError('malformed-json', 'Send one JSON object.');
  }
  next();
};

/** Limit on the number of JSON values in a body. */
interface ValueLimit {
  readonly max: number;
  readonly problem: ProblemType;
}

/** The longest conversation with all options has about 700 values. */
const JOB_VALUES: ValueLimit = { max: 2_000, problem: 'invalid-job-request' };

/** For OpenAI's clients, which send every turn of a conversation and the schemas of their tools. */
export const CHAT_VALUES: ValueLimit = { max: 20_000, problem: 'body-too-large' };

/** Zod reports an issue per value: a megabyte of empty objects would take seconds and hundreds of megabytes. */
const limitValues =
  ({ max, problem }: ValueLimit): RequestHandler =>
  ({ body }, _response, next) => {
    const stack: unknown[] = [body];
    let count = 0;
    for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
      if (typeof value !== 'object' || value === null) continue;
      const values = Object.values(value);
      count += values.length;
      if (count > max) throw new ProblemError(problem, `Send a body of at most ${max} values.`);
      stack.push(...values);
    }
    next();
  };

/** Parses a JSON body into `request.body`. Compressed bodies are rejected. Requires `limitBody` before it. */
export const jsonBody = (limit = JOB_VALUES): RequestHandler[] => [checkType, readJson, limitValues(limit)];
