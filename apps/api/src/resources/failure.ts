import { FAILURE_CODES } from '@codegen/pipeline';
import { z } from 'zod';

export const failureCode = z
  .enum(FAILURE_CODES)
  .meta({ id: 'FailureCode', description: 'Why a model call failed.' });

export const failureSchema = z.object({ code: failureCode, message: z.string() }).meta({ id: 'Failure' });
