import { duration, SettingsError } from '@codegen/settings';
import { z } from 'zod';
import { roleQueues } from './flow/queues.ts';
import type { QueueOptions } from './jobs/runs.ts';
import { redisUrl } from './redis/redis-address.ts';

/** Where the queue is: environment variables shared by all that use it. Descriptions are their lines in the README. */
export const queueSettings = z.object({
  REDIS_URL: redisUrl.describe(
    'Redis or Valkey to use, e.g. `redis://localhost:6379`; when not set, `npm start` starts one for itself. Also `rediss://` (TLS), `unix://`, `redis+cluster://host:port,host:port` and `redis+sentinel://host:port,host:port/master`',
  ),
  QUEUE_NAMESPACE: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'up to 40 letters, digits, "-" or "_"')
    .default('codegen')
    .describe('Prefix of all keys in Redis; keeps services apart that share one'),
  JOB_RETENTION: duration(60, 31_536_000, 604_800).describe(
    'How long a job can be read after it ended: seconds, or e.g. `90m`, `12h` or `7d`',
  ),
  STAGE_QUEUES: roleQueues.describe(
    'Queues of their own for roles, e.g. `reviewer:slow,generator:slow`; the same for API and workers',
  ),
});

export type QueueSettings = z.output<typeof queueSettings>;

/** The address of a Redis that a process cannot do without. @throws SettingsError */
export function requireRedisUrl({ REDIS_URL }: Pick<QueueSettings, 'REDIS_URL'>): string {
  if (REDIS_URL !== null) return REDIS_URL;
  throw new SettingsError('REDIS_URL is not set; it must be a URL such as redis://localhost:6379');
}

/** What a queue is opened with, from its settings. */
export const queueOptions = (settings: QueueSettings & { readonly REDIS_URL: string }): QueueOptions => ({
  redisUrl: settings.REDIS_URL,
  namespace: settings.QUEUE_NAMESPACE,
  retentionSeconds: settings.JOB_RETENTION,
  roleQueues: settings.STAGE_QUEUES,
});
