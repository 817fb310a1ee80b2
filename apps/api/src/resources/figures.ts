import { z } from 'zod';

export const time = z.iso.datetime();
export const durationMs = z.int().min(0).nullable().describe('Milliseconds');
export const figures = z
  .enum(['reported', 'estimated'])
  .nullable()
  .describe(
    'Whose the tokens and the cost are: the server’s own, or reckoned from the text; null if nothing is known',
  );
export const cost = z.number().min(0).nullable().describe('US dollars; null if nothing is known');
