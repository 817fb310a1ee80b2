import { CALL_OUTCOMES } from '@codegen/pipeline';
import { z } from 'zod';
import { cost, figures } from './figures.ts';
import { provider } from './model-call.ts';
import { tokensSchema } from './tokens.ts';

export const receiptSchema = z
  .object({
    stage: z.string(),
    model: z.string().nullable().describe('As it was asked for; null if none was asked'),
    servedModel: z.string().nullable(),
    provider,
    generationId: z.string().nullable(),
    outcome: z
      .enum(CALL_OUTCOMES)
      .describe(
        '`aborted`: the connection was closed, and with it, as far as is known, the bill. ' +
          '`not abortable`: it was closed, but the provider goes on and bills the whole answer. ' +
          '`never started`: the stage was planned and no model was asked; it cost nothing',
      ),
    tokens: tokensSchema,
    cost,
    figures,
  })
  .meta({ id: 'Receipt', description: 'What became of a model call, and what it cost.' });
