import { aboutSchema } from '@codegen/contract';
import type { Operation } from '../operation.ts';

export const about = {
  id: 'about',
  method: 'get',
  path: '/',
  tag: 'Service',
  summary: 'What this service is',
  open: true,
  answers: {
    200: {
      description: 'Name, version, usage, an example and links',
      body: aboutSchema,
    },
  },
  problems: [],
} satisfies Operation;
