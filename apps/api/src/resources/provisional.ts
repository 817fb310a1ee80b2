import { STEPS } from '@codegen/pipeline';
import { z } from 'zod';

export const provisionalSchema = z
  .object({
    step: z.enum(STEPS),
    stage: z.string(),
    code: z.string(),
    language: z.string().nullable(),
    remaining: z.array(z.string()).describe('Stages that have not ended'),
  })
  .meta({ id: 'Provisional', description: 'The best code so far. It is not the result.' });
