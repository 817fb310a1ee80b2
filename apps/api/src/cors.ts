import cors from 'cors';
import type { RequestHandler } from 'express';
import { z } from 'zod';

const ANY = '*';

const isOrigin = (text: string) => !text.includes(ANY) && URL.canParse(text) && new URL(text).origin === text;

/** Origins between commas, exactly as browsers send them, or `*` alone. */
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

/** What pages may send beyond what every page may. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'On-Disconnect',
  'Prefer',
];

/** What pages may read beyond what every page may. */
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
  'X-Simulated',
];

/** Seconds a browser need not ask again; the most that all of them heed. */
const MAX_AGE = 600;

/** Lets pages of other origins in, and answers the browsers that ask beforehand; without origins it does nothing. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  if (origins.length === 0) return (_request, _response, next) => next();
  const allow = cors({
    origin: origins.includes(ANY) ? ANY : [...origins],
    methods: ['GET', 'POST', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: MAX_AGE,
  });
  // Callers are known by their keys, which pages send themselves: there are no credentials that a browser would add.
  return (request, response, next) => {
    const isPreflight = request.get('Access-Control-Request-Method') !== undefined;
    if (request.method === 'OPTIONS' && !isPreflight) return next();
    allow(request, response, next);
  };
}
