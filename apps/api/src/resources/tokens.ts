import { z } from 'zod';

const count = z.int().min(0).nullable();

export const tokensSchema = z
  .object({ prompt: count, completion: count, reasoning: count, cached: count })
  .meta({ id: 'Tokens', description: 'Null where nothing is known, which is not the same as nothing.' });
