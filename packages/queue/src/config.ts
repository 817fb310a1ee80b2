import { duration, SettingsError } from '@codegen/settings';
import { z } from 'zod';
import { type RoleQueues, roleQueues } from './flow/queues.ts';
import type { Limits } from './jobs/submission.ts';
import { redisUrl } from './redis/redis-address.ts';

export interface QueueOptions extends Limits {
  readonly redisUrl: string;
  /** Keeps services apart that share a Redis. */
  readonly namespace: string;
  /** Roles with a queue of their own, the same for all processes; none by default. */
  readonly roleQueues?: RoleQueues;
  /** Seconds a run continues after its last client disconnected, if it is to be cancelled then; 10 by default. */
  readonly disconnectGraceSeconds?: number;
  /** Interval at which runs without clients are looked for, ms. */
  readonly sweepMs?: number;
  /** Requests of each caller a minute that may start a run; any number by default. */
  readonly startsPerMinute?: number | undefined;
}

/** Finished jobs that BullMQ keeps for dashboards: how many, or for how many seconds. */
export type KeepFinishedJobs = { readonly count: number } | { readonly age: number };

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** The worker's setting `KEEP_FINISHED_JOBS`: a count such as `1000`, or a time such as `90m`, `12h` or `7d`. */
export const keepFinishedJobs = z
  .string()
  .regex(/^\d{1,7}[smhd]?$/, 'a count such as 1000, or a time such as 90s, 30m, 12h or 7d')
  .default('1000')
  .transform((text): KeepFinishedJobs => {
    const unit = text.at(-1) as keyof typeof SECONDS;
    return unit in SECONDS ? { age: Number(text.slice(0, -1)) * SECONDS[unit] } : { count: Number(text) };
  })
  .describe(
    'Finished stage jobs that BullMQ keeps for dashboards: how many of each queue, or for how long, e.g. `12h`. They hold no text of requests or answers',
  );

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
