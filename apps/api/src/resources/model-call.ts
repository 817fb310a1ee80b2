import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { cost, durationMs, figures, time } from './figures.ts';
import { tokensSchema } from './tokens.ts';

export const provider = z
  .string()
  .nullable()
  .describe('Who ran the model, if the server is a broker and says so');

export const modelCallSchema = z
  .object({
    model: z.string().describe('As it was asked for'),
    servedModel: z.string().nullable(),
    provider,
    generationId: z.string().nullable(),
    startedAt: time,
    durationMs,
    tokens: tokensSchema,
    cost,
    figures,
    failure: failureSchema.nullable(),
  })
  .meta({ id: 'ModelCall' });
