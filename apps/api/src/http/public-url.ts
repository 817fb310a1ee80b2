import { SettingsError } from '@codegen/settings';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';

/** Characters that need no escape in a header, in HTML or in a pattern of paths. */
const PATH = /^(?:\/[\w.~-]+)*$/;

/** The setting `PUBLIC_URL`: the address at which clients reach the API through a proxy; null when not set. */
export const publicUrl = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined) return null;
    const { protocol, username, origin, hostname, pathname, search, hash } = URL.parse(text) ?? {};
    const path = pathname?.replace(/\/+$/, '') ?? '';
    const isPlain = `${username}${search}${hash}` === '' && PATH.test(path);
    if (isPlain && (protocol === 'https:' || protocol === 'http:'))
      return { origin: String(origin), hostname: String(hostname), path };
    const message =
      'an http or https URL without user and query, and with letters, digits, _, ., ~ and - in its path, as in https://example.org/codegen';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export type PublicUrl = z.output<typeof publicUrl>;

/**
 * Removes the path of `PUBLIC_URL` from the URL of a request, so that the proxy may strip it or not, and stores it for
 * `addressOf`. `endpoints` are the paths of the API.
 *
 * @throws SettingsError if the path begins like that of an endpoint: a request would have two meanings
 */
export function removePublicPath(url: PublicUrl, endpoints: readonly string[]): RequestHandler {
  const base = url?.path ?? '';
  const [, first = ''] = base.split('/');
  if (first !== '' && endpoints.some((path) => path.split('/')[1] === first))
    throw new SettingsError(
      `PUBLIC_URL has the path ${base}; it must not begin with /${first}, an endpoint of the API`,
    );
  return (request, response, next) => {
    response.locals.base = base;
    const rest = request.url.slice(base.length);
    if (base !== '' && request.url.startsWith(base) && /^(?:$|[/?])/.test(rest)) {
      request.url = rest.startsWith('/') ? rest : `/${rest}`;
      // The rest of the API reads the query string and the version of the API from it.
      request.originalUrl = request.url;
    }
    next();
  };
}

/** The path at which clients reach an endpoint. */
export const addressOf = ({ locals }: Response, path: string): string => `${locals.base ?? ''}${path}`;

/** Adds the path of `PUBLIC_URL` to the addresses of this service in a page. */
export const withPublicPath = (html: string, url: PublicUrl): string =>
  html.replaceAll(/\b(href|src)="\.?\/(?!\/)/g, `$1="${url?.path ?? ''}/`);
