import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { type PublicUrl, withPublicPath } from './public-url.ts';

const require = createRequire(import.meta.url);

/** Folder of the built page, which `apps/web/build.mjs` writes. */
export const PAGE_FOLDER = join(dirname(require.resolve('@codegen/web/package.json')), 'dist');

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The body compressed with gzip; null if it was not compressed. */
  readonly gzip: Buffer | null;
}

/** The built playground, in memory. */
export interface Page {
  readonly html: PageFile;
  /** Scripts and style sheets by file name. The name contains a hash of the content. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

/**
 * Allows the page's own files and requests, and nothing else: no inline script or style, no other host, no frame. With
 * `trusted-types`, the browser refuses to parse any text as HTML.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Reads a built page. Null if it has not been built: the API works without it. */
export function loadPage(folder: string): Page | null {
  const read = (path: string): PageFile => {
    const compressed = join(folder, `${path}.gz`);
    return {
      type: TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      body: readFileSync(join(folder, path)),
      gzip: existsSync(compressed) ? readFileSync(compressed) : null,
    };
  };
  if (!existsSync(join(folder, 'index.html'))) return null;
  const names = readdirSync(join(folder, 'assets')).filter((name) => !name.endsWith('.gz'));
  return {
    html: read('index.html'),
    assets: new Map(names.map((name) => [name, read(`assets/${name}`)])),
  };
}

/** Answers a request that prefers HTML with the page, and leaves any other to the route. */
export function servePage(page: Page | null, publicUrl: PublicUrl): RequestHandler {
  const html = page && withAddresses(page.html, publicUrl);
  return (request, response, next) => {
    if (html === null) return next();
    response.vary('Accept');
    // A program that accepts anything gets JSON.
    if (request.accepts(['json', 'html']) !== 'html') return next();
    response.set({ 'Content-Security-Policy': CONTENT_SECURITY_POLICY, 'Cache-Control': 'no-cache' });
    sendFile(request, response, html);
  };
}

/** The page with the addresses of its files, which the build leaves relative. */
function withAddresses({ type, body, gzip }: PageFile, publicUrl: PublicUrl): PageFile {
  const addressed = Buffer.from(withPublicPath(body.toString(), publicUrl));
  return { type, body: addressed, gzip: gzip && gzipSync(addressed) };
}

export function sendFile(request: Request, response: Response, { type, body, gzip }: PageFile) {
  response.type(type).vary('Accept-Encoding');
  const isCompressed = gzip !== null && request.acceptsEncodings(['gzip', 'identity']) === 'gzip';
  if (isCompressed) response.set('Content-Encoding', 'gzip');
  response.end(isCompressed ? gzip : body);
}
