import { z } from 'zod';
import {
  costSchema,
  type DeepReadonly,
  durationSchema,
  effortSchema,
  roleSchema,
  routeSchema,
  timeSchema,
} from './primitives.ts';
import { type JobProblem, jobProblemSchema } from './problem.ts';
import { provisionalSchema, type Result, resultSchema } from './result.ts';
import { degradationSchema, stageSchema, tokensSchema } from './stage.ts';
import { verificationSchema } from './verification.ts';

export const jobStatusSchema = z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']);
export type JobStatus = z.output<typeof jobStatusSchema>;

const webhookAttemptSchema = z
  .object({
    at: timeSchema,
    status: z.int().nullable().describe('HTTP status of the receiver; null if it did not answer'),
    error: z.string().nullable().describe('Why the receiver did not answer'),
    durationMs: durationSchema,
  })
  .meta({ id: 'WebhookAttempt' });
export type WebhookAttempt = DeepReadonly<z.output<typeof webhookAttemptSchema>>;

const webhookSchema = z
  .object({
    url: z.string(),
    status: z
      .enum(['waiting', 'pending', 'delivered', 'failed'])
      .describe('`waiting`: the job has not finished. `pending`: delivery is in progress.'),
    attempts: z.array(webhookAttemptSchema).describe('The last 20, oldest first'),
    nextAttemptAt: timeSchema.nullable(),
  })
  .meta({ id: 'Webhook', description: 'The webhook of a job and the state of its delivery.' });
export type Webhook = DeepReadonly<z.output<typeof webhookSchema>>;

const fileSchema = z
  .object({ name: z.string().nullable(), language: z.string().nullable(), content: z.string() })
  .meta({ id: 'JobFile' });
export type JobFile = DeepReadonly<z.output<typeof fileSchema>>;

const fileDiffSchema = z
  .object({
    name: z.string(),
    change: z.enum(['added', 'modified', 'removed']),
    patch: z.string().describe('Unified diff, with `/dev/null` for a file that is added or removed'),
  })
  .meta({ id: 'FileDiff' });
export type FileDiff = DeepReadonly<z.output<typeof fileDiffSchema>>;

/** `DELETE /jobs/{id}` and `DELETE /threads/{id}`. */
export const deletedSchema = z
  .object({
    id: z.uuid(),
    deleted: z.literal(true),
    stageLogs: z
      .array(z.string())
      .describe(
        'What remains: log files of the workers with answers of models, until their retention ends. Empty with `STAGE_LOG=off`',
      ),
  })
  .meta({ id: 'Deleted' });

export const jobSchema = z
  .object({
    id: z.uuid(),
    threadId: z.uuid().describe('The id of the first job of the thread'),
    previousJobId: z.uuid().nullable().describe('The job that this one continues'),
    status: jobStatusSchema,
    metadata: z.record(z.string(), z.string()),
    webhook: webhookSchema.nullable().describe('Null if the request named none'),
    query: z.string().describe('The last message of the user'),
    route: routeSchema.nullable().describe('Null until the request is classified'),
    simulated: z
      .boolean()
      .nullable()
      .describe('Whether the answers are canned and no model was called; null until the first call'),
    createdAt: timeSchema,
    finishedAt: timeSchema.nullable(),
    expiresAt: timeSchema.nullable().describe('The job can be read until then'),
    durationMs: durationSchema.nullable().describe('Milliseconds'),
    deadlineAt: timeSchema.nullable().describe('The job ends by then; null without a limit'),
    maxCostUsd: z.number().nullable().describe('US dollars for all its model calls; null without a limit'),
    effort: effortSchema,
    models: z
      .partialRecord(roleSchema, z.array(z.string()))
      .describe('The models requested, by role; the service chooses those of other roles'),
    tokens: tokensSchema,
    cost: costSchema,
    stages: z
      .array(stageSchema)
      .describe('The stages that began, in that order, then the other stages of the route'),
    degraded: z.array(degradationSchema),
    choice: z
      .object({
        stage: z.string().describe('The stage that wrote it'),
        reason: z.string(),
        candidates: z
          .array(z.string())
          .nullable()
          .describe('The stages of the candidates that the reason calls A and B; null if no model chose'),
      })
      .nullable()
      .describe('The version of the code that the reviewer chose'),
    rerun: z
      .object({ of: z.uuid(), from: z.string().describe('The first stage that ran again') })
      .nullable()
      .describe('The job whose outputs this one reuses'),
    verification: verificationSchema
      .nullable()
      .describe('What running the implementations has shown; null if they were not run'),
    provisional: provisionalSchema.nullable().describe('The best code so far, until the job finishes'),
    result: resultSchema.nullable().describe('Set if `status` is `completed`'),
    language: z.string().nullable(),
    files: z.array(fileSchema),
    diff: z
      .array(fileDiffSchema)
      .nullable()
      .describe(
        'What the result changes in the code that the job started from; null without such code, or without code',
      ),
    problem: jobProblemSchema.nullable().describe('Set if `status` is `failed`'),
  })
  .meta({ id: 'Job', description: 'Times are ISO 8601, durations milliseconds, costs US dollars.' });

/** A job as its schema describes it. The type does not relate fields to statuses. */
export type JobFields = DeepReadonly<Omit<z.output<typeof jobSchema>, 'result'>> & {
  readonly result: Result | null;
};

type With<Fields> = Omit<JobFields, keyof Fields> & Readonly<Fields>;
interface Ended {
  finishedAt: string;
  expiresAt: string;
  durationMs: number;
  provisional: null;
}

export type UnfinishedJob = With<{
  status: 'queued' | 'running';
  finishedAt: null;
  expiresAt: null;
  durationMs: null;
  result: null;
  problem: null;
}>;
export type CompletedJob = With<Ended & { status: 'completed'; result: Result; problem: null }>;
export type FailedJob = With<Ended & { status: 'failed'; result: null; problem: JobProblem }>;
export type CancelledJob = With<Ended & { status: 'cancelled'; result: null; problem: null }>;
export type FinishedJob = CompletedJob | FailedJob | CancelledJob;

/** The job resource, as `GET /jobs/{id}` returns it. `status` distinguishes the variants. */
export type Job = UnfinishedJob | FinishedJob;

/** The 202 body of `POST /jobs` when the job was accepted and Redis could not be read afterwards. */
export const acceptedJobSchema = z
  .object({ id: z.uuid(), status: z.literal('queued') })
  .meta({ id: 'AcceptedJob', description: 'The job was accepted but could not be read yet.' });

/** The body that is sent to a job's webhook, in the form of Standard Webhooks. */
export const webhookMessageSchema = z
  .object({
    type: z.literal('job.finished'),
    timestamp: timeSchema.describe('When the job finished'),
    data: jobSchema
      .omit({ webhook: true })
      .meta({ id: 'WebhookJob', description: 'The job without its `webhook`.' }),
  })
  .meta({ id: 'JobFinished' });
