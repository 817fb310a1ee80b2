import { z } from 'zod';
import { STEPS } from './names.ts';
import type { DeepReadonly } from './primitives.ts';

export const stepSchema = z.enum(STEPS);
/** The name under which a stage's output appears in a result. */
export type Step = z.output<typeof stepSchema>;

const codeSchema = z
  .object({
    code: z.string().describe('Code only: no prose, no fences'),
    steps: z
      .partialRecord(stepSchema, z.string())
      .describe('The steps of the route that was taken. A step that was lost is empty.'),
  })
  .meta({ id: 'Code' });

const questionSchema = z
  .object({ code: z.string().describe('Empty'), feedback: z.string(), ambiguous: z.literal(true) })
  .meta({ id: 'Question', description: 'The request was ambiguous: the service asks back.' });

const textSchema = z
  .object({ code: z.string().describe('Empty'), text: z.string() })
  .meta({ id: 'Text', description: 'The answer to a request of a chat program, such as a title.' });

/** The body of `GET /generate`, and the `result` of a completed job. */
export const resultSchema = z.union([codeSchema, questionSchema, textSchema]).meta({ id: 'Result' });

type Without<Names extends string> = { readonly [Name in Names]?: never };

/** Code with the steps that led to it, a question (`feedback`) or a text. */
export type Result =
  | (DeepReadonly<z.output<typeof codeSchema>> & Without<'feedback' | 'ambiguous' | 'text'>)
  | (DeepReadonly<z.output<typeof questionSchema>> & Without<'steps' | 'text'>)
  | (DeepReadonly<z.output<typeof textSchema>> & Without<'steps' | 'feedback' | 'ambiguous'>);

export const provisionalSchema = z
  .object({
    step: stepSchema,
    stage: z.string(),
    code: z.string(),
    language: z.string().nullable(),
    remaining: z.array(z.string()).describe('Stages that have not ended'),
  })
  .meta({ id: 'Provisional', description: 'The best code so far. It is not the result.' });

/** The best code of a job that is still running. It is not the result. */
export type Provisional = DeepReadonly<z.output<typeof provisionalSchema>>;

/** The 202 body of `GET /generate`. */
export const acceptedSchema = z
  .object({
    id: z.uuid(),
    status: z.literal('accepted'),
    job: z.string().describe('Path of the job'),
    provisional: provisionalSchema.optional(),
  })
  .meta({ id: 'Accepted' });

export type Accepted = DeepReadonly<z.output<typeof acceptedSchema>>;
