import { z } from 'zod';

/** The ids under `/v1`. Each stands for a way through the pipeline, not for a language model. */
export const MODEL_IDS = ['codegen', 'codegen-fast', 'codegen-deep'] as const;
export type ModelId = (typeof MODEL_IDS)[number];

export const modelIdSchema = z.enum(MODEL_IDS, { error: `one of ${MODEL_IDS.join(', ')}` }).meta({
  description:
    '`codegen` classifies the request; `codegen-fast` takes the simple route, or edits the code of the conversation; `codegen-deep` takes the complex route',
  example: 'codegen',
});

export const modelSchema = z
  .object({
    id: modelIdSchema,
    object: z.literal('model'),
    created: z.int().describe('Seconds since 1970'),
    owned_by: z.string(),
  })
  .meta({ id: 'Model' });

export const modelListSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) });
