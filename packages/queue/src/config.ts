import { integer, url } from '@codegen/settings';
import { z } from 'zod';

/** Where the queue is: environment variables shared by all that use it. Descriptions are their lines in the README. */
export const queueSettings = z.object({
  REDIS_URL: url(['redis', 'rediss', 'unix']).describe(
    'Redis or Valkey to use, e.g. `redis://localhost:6379`; when not set, `npm start` starts one for itself',
  ),
  QUEUE_NAMESPACE: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'up to 40 letters, digits, "-" or "_"')
    .default('codegen')
    .describe('Prefix of all keys in Redis; keeps services apart that share one'),
  RETENTION_SECONDS: integer(60, 31_536_000, 604_800).describe('Seconds a job can be read after it ended'),
});
