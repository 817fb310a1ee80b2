import { isIP } from 'node:net';
import cors from 'cors';
import type { Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import type { PublicUrl } from '../http/public-url.ts';
import { ProblemError } from '../problem.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * Adds helmet's headers, which are the same for every response, when a response is written. Setting them when the request
 * arrives would cost memory for each of thousands of waiting requests. A header that a route sets itself is kept. There is no
 * `Strict-Transport-Security`: it binds the whole host and its subdomains to HTTPS, which is for the TLS proxy to decide.
 */
export function secureHeaders(app: Express): Express {
  const headers = new Map<string, string>();
  const collect = { setHeader: (name: string, value: string) => headers.set(name, value), removeHeader() {} };
  helmet({ strictTransportSecurity: false })({} as never, collect as never, () => {});
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

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,252})$/i;

/** The setting `ALLOWED_HOSTS`: host names or addresses between commas, without ports, or `*` alone. */
export const allowedHosts = z
  .string()
  .optional()
  .transform((text, context): readonly string[] => {
    const names = (text ?? '').split(',').flatMap((host) => host.trim().toLowerCase() || []);
    const hosts = names.map((host) => (/^\[.*\]$/.test(host) ? hostnameOf(host) : host));
    if (hosts.every((host) => host === ANY || isIP(host) !== 0 || HOST_NAME.test(host))) return hosts;
    const message =
      'host names or addresses between commas, without ports, as in codegen.example.org,[2001:db8::1], or *';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export interface AccessRules {
  /** The address of the API for its clients; null if there is no proxy. Its host and pages are the API's own. */
  readonly publicUrl: PublicUrl;
  readonly keyRing: Pick<KeyRing, 'current' | 'limitsOf' | 'watch'>;
  /** Whether callers without keys may connect from other machines. */
  readonly allowAnonymous: boolean;
  /** Names in `Host` that are accepted without keys, in addition to loopback names; `*` is any. */
  readonly allowedHosts: readonly string[];
  /** Origins that CORS allows; `*` is any. */
  readonly corsOrigins: readonly string[];
}

/**
 * Protects a service without API keys, where any web page open in a browser on this machine could start a job (CSRF): an
 * image tag is enough to send a GET. Rejects unknown hosts, requests that a proxy forwards for others, and cross-site
 * requests. `isSafe` marks a route that changes nothing: it accepts links from other sites.
 */
export function rejectCrossSite(rules: AccessRules, isSafe: boolean): RequestHandler {
  const { keyRing, allowAnonymous, corsOrigins } = rules;
  return (request, _response, next) => {
    // A page of another site does not have the API key.
    if (keyRing.current() !== null) return next();
    checkHost(request, rules);
    // The proxy makes a service that listens on this machine only public.
    if (!allowAnonymous && FORWARDED.some((name) => request.get(name) !== undefined))
      throw rejection('A proxy forwards it. Set API_KEYS or ALLOW_ANONYMOUS=true on the service.');
    if (corsOrigins.includes(ANY) || isSafe || !isCrossSite(request, rules)) return next();
    if (corsOrigins.includes(request.get('Origin') ?? '')) return next();
    throw rejection('Add the page’s origin to CORS_ORIGINS on the service.');
  };
}

/** Headers with which a proxy names its client. */
const FORWARDED = ['X-Forwarded-For', 'Forwarded', 'X-Real-IP'];

/**
 * DNS rebinding: a host name of another site that resolves to this machine makes a request look same-origin to the
 * browser. An address in `Host` is no such name.
 */
function checkHost(request: Request, { allowAnonymous, allowedHosts, publicUrl }: AccessRules) {
  const host = hostnameOf(request.get('Host') ?? '').toLowerCase();
  if (isLoopback(host) || (allowAnonymous && isIP(host) !== 0)) return;
  if (allowedHosts.includes(ANY) || allowedHosts.includes(host)) return;
  if (host === publicUrl?.hostname) return;
  throw rejection('Use 127.0.0.1 as the host, or set ALLOWED_HOSTS or API_KEYS on the service.');
}

/**
 * Relies on `Sec-Fetch-Site`, which browsers send and pages cannot change. Without it (old browsers, plain HTTP to another
 * machine), `Origin` or `Referer` decide. Other programs send none of them.
 */
export function isCrossSite(request: Request, rules: Pick<AccessRules, 'publicUrl'>): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'cross-site' || site === 'same-site';
  const page = request.get('Origin') ?? request.get('Referer');
  return page !== undefined && !isOwnPage(page, request, rules);
}

/** A proxy may pass on its own name in `Host`. */
const isOwnPage = (page: string, request: Request, { publicUrl }: Pick<AccessRules, 'publicUrl'>) => {
  const url = URL.parse(page);
  return url !== null && (url.host === request.get('Host') || url.origin === publicUrl?.origin);
};

/**
 * Rejects a request of a web page of another origin, with or without API keys, as the Model Context Protocol requires.
 */
export function checkOrigin(rules: Pick<AccessRules, 'corsOrigins' | 'publicUrl'>): RequestHandler {
  const { corsOrigins: origins } = rules;
  return (request, _response, next) => {
    const origin = request.get('Origin');
    if (origin === undefined || origins.includes(ANY) || origins.includes(origin)) return next();
    if (isOwnPage(origin, request, rules)) return next();
    throw rejection('Add the page’s origin to CORS_ORIGINS on the service.');
  };
}

const rejection = (detail: string) => new ProblemError('cross-site-request', detail);

const hostnameOf = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether only this machine can reach the host. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);
