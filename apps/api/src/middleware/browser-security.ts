import cors from 'cors';
import type { Express, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { z } from 'zod';

/**
 * Adds helmet's headers, which are the same for every response, when a response is written. Setting them when the request
 * arrives would cost memory for each of thousands of waiting requests. A header that a route sets itself is kept.
 */
export function secureHeaders(app: Express): Express {
  const headers = new Map<string, string>();
  const collect = { setHeader: (name: string, value: string) => headers.set(name, value), removeHeader() {} };
  helmet()({} as never, collect as never, () => {});
  const { writeHead } = app.response;
  app.response.writeHead = function (this: Response, ...head: Parameters<Response['writeHead']>) {
    for (const [name, value] of headers) if (!this.hasHeader(name)) this.setHeader(name, value);
    return writeHead.apply(this, head);
  } as Response['writeHead'];
  return app;
}

const ANY = '*';

const isOrigin = (text: string) => !text.includes(ANY) && URL.canParse(text) && new URL(text).origin === text;

/** The setting `CORS_ORIGINS`: origins between commas, exactly as browsers send them, or `*` alone. */
export const corsOrigins = z
  .string()
  .optional()
  .transform((text, context): readonly string[] => {
    const origins = (text ?? '').split(',').map((origin) => origin.trim());
    if (text === undefined || text === ANY) return text === undefined ? [] : [ANY];
    if (origins.every(isOrigin)) return origins;
    const message =
      'origins between commas, as in https://app.example.org (no path, no slash at the end), or *';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Request headers of OpenAI's SDK for JavaScript. */
const OPENAI_HEADERS = [
  ...['Arch', 'Lang', 'OS', 'Package-Version', 'Runtime', 'Runtime-Version'],
  ...['Retry-Count', 'Timeout', 'Helper-Method', 'Poll-Helper', 'Custom-Poll-Interval'],
].map((name) => `X-Stainless-${name}`);

/** Request headers that pages may send, in addition to the CORS-safelisted ones. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Protocol-Version',
  'On-Disconnect',
  'OpenAI-Organization',
  'OpenAI-Project',
  'Prefer',
  'X-Request-Id',
  ...OPENAI_HEADERS,
];

/** Response headers that pages may read, in addition to the CORS-safelisted ones. */
const RESPONSE_HEADERS = [
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Job-Coalesced',
  'X-Job-Id',
  'X-Request-Id',
  'X-Simulated',
  'X-Should-Retry',
];

/** How long browsers cache a preflight response, in seconds. */
const MAX_AGE = 600;

/** Allows pages of these origins and answers their preflight requests. Does nothing if there are no origins. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  const allow = cors({
    origin: origins.includes(ANY) ? ANY : [...origins],
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: MAX_AGE,
  });
  // No `credentials`: pages send the API key themselves, and there are no cookies.
  return (request, response, next) => {
    const isPreflight = request.get('Access-Control-Request-Method') !== undefined;
    if (request.method === 'OPTIONS' && !isPreflight) return next();
    allow(request, response, next);
  };
}
