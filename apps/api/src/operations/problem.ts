import { problemTypeSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';

export const explainProblem = {
  id: 'explainProblem',
  method: 'get',
  path: '/problems/{type}',
  tag: 'Service',
  summary: 'What a problem type means',
  open: true,
  parameters: {
    path: z.object({
      type: z.string().meta({ description: 'The last part of a problem’s `type`', example: 'unknown-job' }),
    }),
  },
  answers: {
    200: {
      description: 'Its status and title',
      body: problemTypeSchema,
    },
  },
  problems: ['unknown-problem'],
} satisfies Operation;
