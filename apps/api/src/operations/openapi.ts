import { z } from 'zod';
import type { Operation } from '../operation.ts';

export const openApi = {
  id: 'openApi',
  method: 'get',
  path: '/openapi.json',
  tag: 'Service',
  summary: 'This document',
  open: true,
  answers: {
    200: {
      description: 'OpenAPI 3.1',
      body: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
    },
  },
  problems: [],
} satisfies Operation;

export const docs = {
  id: 'docs',
  method: 'get',
  path: '/docs',
  tag: 'Service',
  summary: 'This document to read and try out',
  open: true,
  answers: { 200: { description: 'A page', body: z.string(), mediaType: 'text/html' } },
  problems: [],
} satisfies Operation;

export const docsFile = {
  id: 'docsFile',
  method: 'get',
  path: '/docs/{file}',
  tag: 'Service',
  summary: 'What that page is made of',
  open: true,
  parameters: { path: z.object({ file: z.string().meta({ example: 'swagger-ui.css' }) }) },
  answers: {
    200: {
      description: 'A script or a style sheet',
      body: z.string(),
      mediaType: ['text/css', 'text/javascript'],
    },
  },
  problems: ['unknown-path'],
} satisfies Operation;
