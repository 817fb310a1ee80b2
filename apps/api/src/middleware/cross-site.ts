import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { PublicUrl } from '../http/public-url.ts';
import { ProblemError } from '../problem.ts';
import type { KeyRing } from './callers.ts';

const ANY = '*';

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]{0,252})$/i;

/** The setting `ALLOWED_HOSTS`: host names or addresses between commas, without ports, or `*` alone. */
export const allowedHosts = z
  .string()
  .optional()
  .transform((text, context): readonly string[] => {
    const hosts = (text ?? '').split(',').flatMap((host) => host.trim().toLowerCase() || []);
    if (hosts.every((host) => host === ANY || isIP(host) !== 0 || HOST_NAME.test(host))) return hosts;
    const message = 'host names between commas, without ports, as in codegen.example.org, or *';
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
