import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { cost, durationMs, time } from './figures.ts';
import { tokensSchema } from './tokens.ts';

export const modelCallSchema = z
  .object({
    model: z.string().describe('As it was asked for'),
    servedModel: z.string().nullable(),
    generationId: z.string().nullable(),
    startedAt: time,
    durationMs,
    tokens: tokensSchema,
    cost,
    failure: failureSchema.nullable(),
  })
  .meta({ id: 'ModelCall' });
