import { ROLES } from '@codegen/pipeline';
import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { cost, durationMs, time } from './figures.ts';
import { modelCallSchema } from './model-call.ts';
import { tokensSchema } from './tokens.ts';

export const stageSchema = z
  .object({
    name: z.string(),
    role: z.enum(ROLES).nullable(),
    status: z.enum(['waiting', 'running', 'retrying', 'completed', 'skipped', 'failed', 'cancelled']),
    model: z.string().nullable().describe('As it was asked for; null if no model was asked'),
    servedModel: z.string().nullable(),
    attempts: z.int().min(0),
    tokens: tokensSchema,
    cost,
    startedAt: time.nullable(),
    durationMs,
    failure: failureSchema.nullable(),
    calls: z.array(modelCallSchema),
  })
  .meta({ id: 'Stage', description: 'One step of the pipeline with all its model calls.' });
