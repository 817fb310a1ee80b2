import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { withPublicPath } from '../http/public-url.ts';
import { defineRoute } from '../http/route.ts';

/** Stricter than helmet's, but without `upgrade-insecure-requests`, which breaks the page on plain HTTP. */
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

const PAGE = join(import.meta.dirname, '..', 'docs', 'page.html');

export const docs = defineRoute({
  id: 'docs',
  method: 'get',
  path: '/docs',
  tag: 'Service',
  summary: 'This document as an interactive page',
  open: true,
  responses: { 200: { description: 'A page', body: z.string(), mediaType: 'text/html' } },
  problems: [],
  handler: ({ publicUrl }) => {
    const html = withPublicPath(readFileSync(PAGE, 'utf8'), publicUrl);
    return (_request, response) => {
      response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
      response.type('html').end(html);
    };
  },
});
