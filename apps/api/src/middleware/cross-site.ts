import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import type { KeyRing } from './authenticate.ts';

interface CrossSiteRules {
  readonly keyRing: Pick<KeyRing, 'current'>;
  /** Accepts any `Host`. Otherwise only loopback names are accepted, which prevents DNS rebinding. */
  readonly anyHost: boolean;
  /** Origins that CORS allows; `*` is any. */
  readonly origins: readonly string[];
}

/**
 * Rejects cross-site requests (CSRF) to a service without API keys, where any web page open in a browser on this machine
 * could start a job: an image tag is enough to send a GET. Relies on `Sec-Fetch-Site`, which browsers send and pages
 * cannot change. `isSafe` marks a route that changes nothing: it accepts links from other sites.
 */
export function rejectCrossSite(
  { keyRing, anyHost, origins }: CrossSiteRules,
  isSafe: boolean,
): RequestHandler {
  return (request, _response, next) => {
    // A foreign page does not have the API key.
    if (keyRing.current() !== null || origins.includes('*')) return next();
    // DNS rebinding: a foreign host name that resolves to 127.0.0.1 makes the request look same-origin to the browser.
    if (!anyHost && !isLoopback(hostnameOf(request.get('Host') ?? ''))) {
      throw rejection('Use 127.0.0.1 as the host, or set ALLOW_ANONYMOUS=true or API_KEYS on the service.');
    }
    const site = request.get('Sec-Fetch-Site') ?? 'none';
    const isCrossSite = site === 'cross-site' || site === 'same-site';
    if (!isCrossSite || isSafe || origins.includes(request.get('Origin') ?? '')) return next();
    throw rejection('Add the page’s origin to CORS_ORIGINS on the service.');
  };
}

const rejection = (detail: string) => new ProblemError('foreign-page', detail);

const hostnameOf = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether only this machine can reach the host. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);
