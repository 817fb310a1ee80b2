import type { Request, Response } from 'express';
import { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { addressOf } from './public-url.ts';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

// Schemas of headers that several routes read or send.

export const preferHeader = {
  Prefer: z
    .string()
    .optional()
    .describe(
      '`respond-async`, `wait=n` (seconds) or both; `Preference-Applied` names those that were applied',
    ),
};

export const idempotencyKeyHeader = {
  'Idempotency-Key': z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .describe(
      'A request repeated with the same key gets the same job. Use a new one, such as a UUID, for each request',
    ),
};

const seconds = z.string().regex(/^\d+$/);

export const retryAfterHeader = { 'Retry-After': seconds.describe('Seconds') };
export const maybeRetryAfterHeader = {
  'Retry-After': seconds.optional().describe('Seconds; only if the job has not finished'),
};

export const simulatedHeader = {
  'X-Simulated': z.literal('true').optional().describe('The output is canned: no model was called'),
};

/** Of every response, unless the request was not HTTP. */
export const requestIdHeader = {
  'X-Request-Id': z
    .string()
    .optional()
    .describe('The id of the request in the log: that of the request’s `X-Request-Id`, or a new one'),
};

/** Of a response that names a submitted job. */
export const submissionHeaders = {
  'X-Job-Id': z.uuid(),
  Link: z.string().describe('The URL of the job, as `rel="status"`'),
};
export const replayedHeader = {
  'Idempotent-Replayed': z
    .literal('true')
    .optional()
    .describe('The key belongs to an earlier request, whose job this is'),
};
export const coalescedHeader = {
  'X-Job-Coalesced': z
    .literal('true')
    .optional()
    .describe('The same request was in flight, and this is its job'),
};

/** Of every response of a route that starts a job, if the service has a rate limit. */
export const rateLimitHeaders = {
  'RateLimit-Policy': z
    .string()
    .regex(/^"starts";q=\d+;w=\d+$/)
    .optional()
    .describe('A caller may send `q` such requests in `w` seconds'),
  RateLimit: z
    .string()
    .regex(/^"starts";r=\d+;t=\d+$/)
    .optional()
    .describe('`r` requests remain; the window resets in `t` seconds'),
};

/** Of a 202 response. */
export const acceptedHeaders = {
  Location: z
    .string()
    .regex(/\/jobs\/[^/]+$/)
    .describe('The job'),
  ...retryAfterHeader,
  'Preference-Applied': z.string().optional(),
};

/** The `Idempotency-Key` header, or null. @throws ProblemError if it is malformed */
export function readIdempotencyKey(request: Request): string | null {
  const key = request.get('Idempotency-Key');
  if (key === undefined) return null;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new ProblemError(
    'malformed-idempotency-key',
    'Use 1 to 255 visible ASCII characters, for example a UUID that you repeat with each retry.',
  );
}

/** The preferences `respond-async` and `wait` (RFC 7240). Unknown preferences are ignored, as the RFC requires. */
export interface Preference {
  readonly respondAsync: boolean;
  /** Seconds; null if the client sent no `wait`. */
  readonly wait: number | null;
}

/** White space, separators, quoted strings and tokens of a `Prefer` header. */
const LEXEME = /[ \t]+|[=;,]|"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+/g;
/** A preference and its parameters, each word written as `w` and white space removed: the pattern cannot backtrack. */
const SHAPE = /^w(?:=w?)?(?:;(?:w(?:=w?)?)?)*$/;
const MAX_PREFER_CHARS = 1_000;

/** @throws ProblemError `malformed-preference` */
export function parsePrefer(header = ''): Preference {
  let respondAsync = false;
  let wait: number | null = null;
  for (const lexemes of preferences(header)) {
    const [name = '', equals, value] = lexemes;
    const shape = lexemes.map((lexeme) => (/^[=;]$/.test(lexeme) ? lexeme : 'w')).join('');
    if (!SHAPE.test(shape) || name.startsWith('"'))
      throw malformed(`“${lexemes.join('')}” is not a preference`);
    // Of repeated preferences the first counts (RFC 7240, section 2).
    if (name.toLowerCase() === 'respond-async') respondAsync = true;
    if (name.toLowerCase() === 'wait') wait ??= readSeconds(equals === '=' ? value : undefined);
  }
  return { respondAsync, wait };
}

function readSeconds(value = ''): number {
  const seconds = value.replace(/^"(.*)"$/, '$1');
  if (!/^\d{1,9}$/.test(seconds)) throw malformed('wait must be a whole number of seconds, as in “wait=30”');
  return Number(seconds);
}

/** The lexemes of each preference in the list, without white space. Empty elements are allowed (RFC 9110, 5.6.1). */
function preferences(header: string): string[][] {
  if (header.length > MAX_PREFER_CHARS) throw malformed(`it is longer than ${MAX_PREFER_CHARS} characters`);
  const lexemes = header.match(LEXEME) ?? [];
  if (lexemes.join('') !== header) throw malformed('it contains an invalid character');
  const list: string[][] = [[]];
  for (const lexeme of lexemes) {
    if (lexeme === ',') list.push([]);
    else if (lexeme.trim() !== '') list.at(-1)?.push(lexeme);
  }
  return list.filter((one) => one.length > 0);
}

const malformed = (why: string) =>
  new ProblemError('malformed-preference', `Send “respond-async”, “wait=30” or no Prefer header: ${why}.`);

/** Seconds to wait for the result. `preset` applies if the client states no preference. */
export const waitSeconds = ({ respondAsync, wait }: Preference, max: number, preset = max): number =>
  Math.min(wait ?? (respondAsync ? 0 : preset), max);

/** Headers of a 202 response. */
export function createAcceptedHeaders(
  response: Response,
  id: string,
  { respondAsync, wait }: Preference,
  seconds: number,
) {
  const applied = [respondAsync && 'respond-async', wait !== null && `wait=${seconds}`].filter(Boolean);
  return {
    Location: addressOf(response, `/jobs/${id}`),
    'Retry-After': '2',
    ...(applied.length > 0 && { 'Preference-Applied': applied.join(', ') }),
  };
}
