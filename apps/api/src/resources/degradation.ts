import { z } from 'zod';
import { failureCode } from './failure.ts';

export const degradationSchema = z
  .object({ stage: z.string(), code: failureCode, why: z.string(), consequence: z.string() })
  .meta({ id: 'Degradation', description: 'Something that went wrong without stopping the job.' });
