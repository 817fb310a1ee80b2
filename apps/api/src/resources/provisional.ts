import { z } from 'zod';
import { STEP_NAMES } from './result.ts';

export const provisionalSchema = z
  .object({
    step: z.enum(STEP_NAMES),
    stage: z.string(),
    code: z.string(),
    language: z.string().nullable(),
    remaining: z.array(z.string()).describe('Stages that have not ended'),
  })
  .meta({ id: 'Provisional', description: 'The best code so far. It is not the result.' });
