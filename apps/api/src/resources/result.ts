import { STEPS } from '@codegen/pipeline';
import { z } from 'zod';

const codeSchema = z
  .object({
    code: z.string().describe('Code only: no prose, no fences'),
    steps: z
      .partialRecord(z.enum(STEPS), z.string())
      .describe('Those of the route that was taken; one that was lost is empty'),
  })
  .meta({ id: 'Code' });

const questionSchema = z
  .object({ code: z.string().describe('Empty'), feedback: z.string(), ambiguous: z.literal(true) })
  .meta({ id: 'Question', description: 'The request was ambiguous: the service asks back.' });

/** What `GET /generate` answers, and the `result` of a job. */
export const resultSchema = z.union([codeSchema, questionSchema]).meta({ id: 'Result' });
