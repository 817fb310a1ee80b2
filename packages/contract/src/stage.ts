import { z } from 'zod';
import { IGNORED_REASONS } from './names.ts';
import {
  costSchema,
  countSchema,
  type DeepReadonly,
  durationSchema,
  failureCodeSchema,
  roleSchema,
  timeSchema,
} from './primitives.ts';

export const tokensSchema = z
  .object({ prompt: countSchema, completion: countSchema, reasoning: countSchema, cached: countSchema })
  .meta({ id: 'Tokens', description: 'Token counts. Null means unknown, not zero.' });
export type Tokens = DeepReadonly<z.output<typeof tokensSchema>>;

export const failureSchema = z
  .object({ code: failureCodeSchema, message: z.string() })
  .meta({ id: 'Failure' });
export type Failure = DeepReadonly<z.output<typeof failureSchema>>;

export const modelCallSchema = z
  .object({
    model: z.string().describe('The model requested'),
    servedModel: z.string().nullable().describe('The model that answered'),
    provider: z
      .string()
      .nullable()
      .describe('The company that ran the model, if the server is a broker and reports it'),
    generationId: z.string().nullable(),
    outcome: z
      .enum(['running', 'finished', 'failed', 'aborted', 'not-abortable'])
      .describe(
        '`finished`: the model answered. `failed`: see `failure`. ' +
          '`aborted`: the service closed the connection, which ends billing as far as is known. ' +
          '`not-abortable`: the service closed the connection, but the provider continues and charges for the whole answer.',
      ),
    startedAt: timeSchema,
    durationMs: durationSchema.nullable().describe('Milliseconds'),
    tokens: tokensSchema,
    cost: costSchema,
    figures: z
      .enum(['reported', 'estimated'])
      .nullable()
      .describe(
        'Source of `tokens` and `cost`: the model server, or an estimate from the text; null if both are unknown. ' +
          'An estimate of an aborted call may be replaced some seconds later by what the server reports.',
      ),
    failure: failureSchema.nullable(),
  })
  .meta({ id: 'ModelCall', description: 'One call of a model, with its outcome and cost.' });
export type ModelCall = DeepReadonly<z.output<typeof modelCallSchema>>;

export const ignoredBlockSchema = z
  .object({
    reason: z
      .enum(IGNORED_REASONS)
      .describe(
        '`repeated`: another block is the same. `older-version`: a later block has the same name. `part`: another block contains it. ' +
          '`redefined`: a later block defines all its names again. `edit`: a diff or a search and replace. `elided`: it shows a longer block with parts left out. ' +
          '`usage`: it shows how the named files are used. `commands`, `output`, `data`, `tests`: what it is.',
      ),
    name: z.string().nullable(),
    language: z.string().nullable(),
    lines: z.int().min(1),
    start: z.string().describe('The first 120 characters'),
  })
  .meta({ id: 'IgnoredBlock', description: 'A block of a model’s answer that is no part of the code.' });
export type IgnoredBlock = DeepReadonly<z.output<typeof ignoredBlockSchema>>;

export const stageSchema = z
  .object({
    name: z.string(),
    role: roleSchema.nullable(),
    reused: z.boolean().describe('The output is that of an earlier job; this one called no model for it'),
    status: z
      .enum(['waiting', 'running', 'retrying', 'completed', 'skipped', 'failed', 'cancelled', 'not-started'])
      .describe(
        '`skipped`: there was nothing to do. `not-started`: the job ended before the stage began; no model was called.',
      ),
    model: z.string().nullable().describe('The model requested last; null if no model was called'),
    servedModel: z.string().nullable().describe('The model that answered last'),
    attempts: z.int().min(0).describe('Number of model calls'),
    tokens: tokensSchema,
    cost: costSchema,
    startedAt: timeSchema.nullable(),
    durationMs: durationSchema.nullable().describe('Milliseconds'),
    failure: failureSchema.nullable(),
    calls: z.array(modelCallSchema).describe('In the order in which they began'),
    ignored: z
      .array(ignoredBlockSchema)
      .describe('Blocks of the answer that are no part of the code of this stage: the first 20'),
  })
  .meta({ id: 'JobStage', description: 'A stage of the pipeline with all its model calls.' });
export type JobStage = DeepReadonly<z.output<typeof stageSchema>>;

export const stagePromptSchema = z
  .object({
    stage: z.string(),
    model: z.string().describe('The model requested'),
    system: z.string(),
    user: z.string(),
    answer: z.string().describe('The raw answer of the model'),
    truncated: z.boolean().describe('A text was longer than 50,000 characters, and its end is missing'),
  })
  .meta({ id: 'StagePrompt', description: 'The prompt of the last call of a stage, and its raw answer.' });
export type StagePrompt = DeepReadonly<z.output<typeof stagePromptSchema>>;

export const promptsSchema = z.object({ prompts: z.array(stagePromptSchema) }).meta({ id: 'Prompts' });

export const degradationSchema = z
  .object({ stage: z.string(), code: failureCodeSchema, why: z.string(), consequence: z.string() })
  .meta({ id: 'Degradation', description: 'A failure that did not stop the job.' });
export type Degradation = DeepReadonly<z.output<typeof degradationSchema>>;
