import { z } from 'zod';
import type { Operation } from '../operation.ts';

const word = z.string();

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
      body: z
        .object({
          name: word,
          version: word,
          description: word,
          usage: word,
          example: word,
          links: z.record(word, word),
        })
        .meta({ id: 'About' }),
    },
  },
  problems: [],
} satisfies Operation;
