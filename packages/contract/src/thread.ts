import { z } from 'zod';
import { jobSchema } from './job.ts';
import { costSchema, type DeepReadonly, timeSchema } from './primitives.ts';
import { tokensSchema } from './stage.ts';

const { id, previousJobId, status, route, files, diff, createdAt } = jobSchema.shape;

const turnSchema = z
  .object({
    jobId: id,
    previousJobId,
    status,
    route,
    request: z.string().describe('The last message of the user'),
    code: z.string().describe('Empty without a result with code'),
    files,
    diff,
    question: z.string().nullable().describe('What the service asked back'),
    tokens: tokensSchema,
    cost: costSchema,
    createdAt,
  })
  .meta({ id: 'Turn', description: 'A job of a thread.' });
export type Turn = DeepReadonly<z.output<typeof turnSchema>>;

/** `GET /threads/{id}`. */
export const threadSchema = z
  .object({
    id,
    createdAt: timeSchema.describe('When the oldest turn was requested'),
    updatedAt: timeSchema.describe('When the newest turn was requested'),
    omitted: z.int().min(0).describe('Number of older turns that are left out'),
    turns: z.array(turnSchema).describe('The newest 200, oldest first'),
  })
  .meta({ id: 'Thread', description: 'Jobs that continue each other. Two jobs may continue the same one.' });
export type Thread = DeepReadonly<z.output<typeof threadSchema>>;

const threadEntrySchema = z
  .object({
    id,
    createdAt: timeSchema,
    updatedAt: timeSchema,
    jobs: z.int().min(1).describe('Number of jobs'),
    request: z.string().describe('The request of the oldest job'),
    lastJobId: id.describe('The newest job'),
    status: status.describe('Status of the newest job'),
  })
  .meta({ id: 'ThreadEntry' });
export type ThreadEntry = DeepReadonly<z.output<typeof threadEntrySchema>>;

/** `GET /threads`. */
export const threadPageSchema = z
  .object({
    threads: z.array(threadEntrySchema),
    next: z.string().nullable().describe('The `cursor` of the next page; null on the last page'),
  })
  .meta({ id: 'ThreadPage' });
