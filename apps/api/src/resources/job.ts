import { ROLES, ROUTES } from '@codegen/pipeline';
import { z } from 'zod';
import { degradationSchema } from './degradation.ts';
import { cost, durationMs, time } from './figures.ts';
import { failedProblemSchema } from './problem.ts';
import { provisionalSchema } from './provisional.ts';
import { receiptSchema } from './receipt.ts';
import { resultSchema } from './result.ts';
import type { Shown } from './shown.ts';
import { stageSchema } from './stage.ts';
import { tokensSchema } from './tokens.ts';
import { webhookSchema } from './webhook.ts';

export const jobStatus = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']);
export const route = z.enum(ROUTES);

export const jobSchema = z
  .object({
    id: z.uuid(),
    status: jobStatus,
    metadata: z.record(z.string(), z.string()),
    webhook: webhookSchema.nullable().describe('Null if none was asked for'),
    query: z.string().describe('The last message of the user'),
    route: route.nullable().describe('Null until the request is classified'),
    simulated: z.boolean().describe('The answers are canned: no model was asked'),
    createdAt: time,
    finishedAt: time.nullable(),
    expiresAt: time.nullable().describe('From then on the job cannot be read any more'),
    durationMs,
    deadlineAt: time.nullable().describe('When it is to have ended'),
    maxCostUsd: z.number().nullable().describe('US dollars for all its model calls'),
    models: z
      .partialRecord(z.enum(ROLES), z.array(z.string()))
      .describe('Those it was asked to use, by role'),
    tokens: tokensSchema,
    cost,
    stages: z.array(stageSchema),
    receipts: z
      .array(receiptSchema)
      .nullable()
      .describe('The bill of a job that is over: its calls as they began, then stages that never asked'),
    degraded: z.array(degradationSchema),
    provisional: provisionalSchema.nullable().describe('The best code so far, while the job goes on'),
    result: resultSchema.nullable().describe('Of a job that is `completed`'),
    language: z.string().nullable(),
    files: z.array(
      z.object({ name: z.string().nullable(), language: z.string().nullable(), content: z.string() }),
    ),
    problem: failedProblemSchema.nullable().describe('Of a job that is `failed`'),
  })
  .meta({ id: 'Job', description: 'Times are ISO 8601, durations milliseconds, costs US dollars.' });

export type JobResource = Shown<z.output<typeof jobSchema>>;

/** Of a job that is kept, while it cannot be read just now. */
export const acceptedJobSchema = z
  .object({ id: z.uuid(), status: z.literal('queued') })
  .meta({ id: 'AcceptedJob', description: 'The job is there but could not be read just now.' });
