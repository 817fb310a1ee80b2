import type { RequestHandler } from 'express';
import type { KeyRing } from './key-ring.ts';
import { isLoopback } from './loopback.ts';
import { ProblemError } from './problem.ts';

interface Given {
  readonly keyRing: Pick<KeyRing, 'current'>;
  /** Whether the API may be reached under any name, or only under one of this machine's own. */
  readonly anyHost: boolean;
  readonly origins: readonly string[];
}

/** As Express takes it: in letters of any case. */
const STARTS = /^\/generate\/?$/i;

/**
 * Where nobody is asked for a key, whoever reaches the API may use it, and so might every web page that somebody on this
 * machine has open: a picture is enough to send a GET. Browsers tell, and are believed; other programs do not.
 */
export function refuseForeignPages({ keyRing, anyHost, origins }: Given): RequestHandler {
  return (request, _response, next) => {
    // No page of a stranger knows a key.
    if (keyRing.current() !== null || origins.includes('*')) return next();
    // A name of the page's own site that leads to this machine makes the browser take the API for that site.
    if (!anyHost && !isLoopback(hostnameOf(request.get('Host') ?? ''))) {
      throw refused('Ask for it under 127.0.0.1, or whoever runs it sets ALLOW_ANONYMOUS=true or API_KEYS.');
    }
    const site = request.get('Sec-Fetch-Site') ?? 'none';
    const isForeign = site === 'cross-site' || site === 'same-site';
    const changesNothing = request.method === 'GET' && !STARTS.test(request.path);
    if (!isForeign || changesNothing || origins.includes(request.get('Origin') ?? '')) return next();
    throw refused('Whoever runs the service lets the pages of an origin in with CORS_ORIGINS.');
  };
}

const refused = (advice: string) => new ProblemError('foreign-page', advice);

const hostnameOf = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
