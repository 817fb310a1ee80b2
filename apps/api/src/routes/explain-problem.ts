import { PROBLEMS, type ProblemType, problemTypeSchema } from '@codegen/contract';
import { z } from 'zod';
import { defineRoute } from '../http/route.ts';
import { ProblemError } from '../problem.ts';

export const explainProblem = defineRoute({
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
  responses: {
    200: {
      description: 'Its status and title',
      body: problemTypeSchema,
    },
  },
  problems: ['unknown-problem'],
  handler: () => (request, response) => {
    const { type } = request.params;
    if (!isProblemType(type))
      throw new ProblemError('unknown-problem', 'Use the last part of a problem’s type.');
    response.json({ type: `/problems/${type}`, ...PROBLEMS[type] });
  },
});

const isProblemType = (type: string): type is ProblemType => Object.hasOwn(PROBLEMS, type);
