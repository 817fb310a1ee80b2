import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Response } from 'express';
import { z } from 'zod';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

const require = createRequire(import.meta.url);

/** The only files that can be requested. */
const FILES: Readonly<Record<string, () => string>> = {
  'swagger-ui.css': () => require.resolve('swagger-ui-dist/swagger-ui.css'),
  'swagger-ui-bundle.js': () => require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  'start.js': () => join(import.meta.dirname, '..', 'docs', 'start.js'),
};

export const docsFile = defineRoute({
  id: 'docsFile',
  method: 'get',
  path: '/docs/{file}',
  tag: 'Service',
  summary: 'Scripts and style sheets of that page',
  open: true,
  parameters: { path: z.object({ file: z.string().meta({ example: 'swagger-ui.css' }) }) },
  responses: {
    200: {
      description: 'A script or a style sheet',
      body: z.string(),
      mediaType: ['text/css', 'text/javascript'],
    },
  },
  problems: ['unknown-path'],
  handler: () => (request, response) => {
    const { file } = request.params;
    if (!Object.hasOwn(FILES, file)) throw new ProblemError('unknown-path', 'Start at /docs.');
    sendWhole(response.set('Cache-Control', 'max-age=3600'), FILES[file]!());
  },
});

/** Sends a file without ranges or conditional responses. A parent folder's name may begin with a dot. */
const sendWhole = (response: Response, path: string) =>
  response.sendFile(path, {
    acceptRanges: false,
    cacheControl: false,
    etag: false,
    lastModified: false,
    dotfiles: 'allow',
  });
