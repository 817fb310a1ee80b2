import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Response, Router } from 'express';
import { openApiDocument } from '../openapi.ts';
import { ProblemError } from '../problem.ts';

const require = createRequire(import.meta.url);
const own = (name: string) => join(import.meta.dirname, '..', 'docs', name);

/** What the page is made of; nothing else can be had, and nothing comes from another host. */
const FILES: Readonly<Record<string, () => string>> = {
  'swagger-ui.css': () => require.resolve('swagger-ui-dist/swagger-ui.css'),
  'swagger-ui-bundle.js': () => require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  'start.js': () => own('start.js'),
};

/** For the page alone: stricter than elsewhere, but without `upgrade-insecure-requests`, which would break it on plain HTTP. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The API's description, for programs and for people. */
export function docsRoutes() {
  const document = JSON.stringify(openApiDocument());
  return Router()
    .get('/openapi.json', (_request, response) => {
      response.type('application/json').send(document);
    })
    .get('/docs', (_request, response) => {
      response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      send(response, own('page.html'));
    })
    .get('/docs/:file', (request, response) => {
      const { file } = request.params;
      if (!Object.hasOwn(FILES, file)) throw new ProblemError('unknown-path', 'Nothing is here. See /docs.');
      send(response.set('Cache-Control', 'max-age=3600'), FILES[file]!());
    });
}

/** As a whole, always: no ranges, no conditions. The folders above may have names with a dot. */
const send = (response: Response, path: string) =>
  response.sendFile(path, {
    acceptRanges: false,
    cacheControl: false,
    etag: false,
    lastModified: false,
    dotfiles: 'allow',
  });
