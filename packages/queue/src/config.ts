import { DEFAULT_CONTEXT_TOKENS, type Graph, graph, verifiedGraph } from '@codegen/pipeline';
import { boolean, duration, integer, SettingsError } from '@codegen/settings';
import { z } from 'zod';
import { type RoleQueues, roleQueues } from './flow/queues.ts';
import { redisUrl } from './redis/redis-address.ts';
import type { OnFinish } from './runs/finished-runs.ts';
import type { RunStoreOptions } from './runs/submission.ts';

export { queuesOf } from './flow/queues.ts';

export interface QueueOptions extends RunStoreOptions {
  readonly redisUrl: string;
  /** Time after which a Redis that does not reply counts as unavailable, in ms; 1.5 s by default. */
  readonly redisTimeoutMs?: number | undefined;
  /** Prefix of all keys; separates services that share a Redis. */
  readonly namespace: string;
  /** Roles with a queue of their own, the same for all processes; none by default. */
  readonly roleQueues?: RoleQueues;
  /** Seconds from the disconnect of a run's last client to its cancellation, if requested; 10 by default. */
  readonly disconnectGraceSeconds?: number;
  /** Interval of the scan for abandoned runs, ms. */
  readonly abandonmentScanMs?: number;
  /** Requests per caller and minute that may start a run; unlimited by default. */
  readonly startsPerMinute?: number | undefined;
  /** Size of a model's context, in tokens. A longer conversation is summarised. */
  readonly contextTokens?: number | undefined;
  /** Called for each run that this process has finished. */
  readonly onFinish?: OnFinish | undefined;
}

/** Finished jobs that BullMQ keeps for dashboards: how many, or for how many seconds. */
export type KeepFinishedJobs = { readonly count: number } | { readonly age: number };

export const KEEP_FINISHED_JOBS: KeepFinishedJobs = { count: 1_000 };

const keepAge = duration(0, Number.MAX_SAFE_INTEGER, 0);

/** Schema of `KEEP_FINISHED_JOBS`: a count such as `1000`, or a duration with a unit such as `12h`. */
export const keepFinishedJobs = z
  .string()
  .optional()
  .transform((text, context): KeepFinishedJobs => {
    if (text === undefined) return KEEP_FINISHED_JOBS;
    if (/^\d{1,7}$/.test(text)) return { count: Number(text) };
    const age = keepAge.safeParse(/^\d{1,7}\D/.test(text) ? text : '');
    if (age.success) return { age: age.data };
    context.addIssue({
      code: 'custom',
      message: 'a count such as 1000, or a time such as 90s, 30m, 12h or 7d',
    });
    return z.NEVER;
  })
  .describe(
    'Finished stage jobs that BullMQ keeps for dashboards: how many of each queue, or for how long, e.g. `12h`. They contain no text of requests or responses',
  );

/** Settings of all processes that use the queue. */
export const queueSettings = z.object({
  REDIS_URL: redisUrl.describe(
    'URL of Redis or Valkey, e.g. `redis://localhost:6379`; if not set, `npm start` starts its own. Also `rediss://` (TLS), `unix://`, `redis+cluster://host:port,host:port` and `redis+sentinel://host:port,host:port/master`',
  ),
  QUEUE_NAMESPACE: z
    .string()
    .regex(/^[\w-]{1,40}$/, 'up to 40 letters, digits, "-" or "_"')
    .default('codegen')
    .describe('Prefix of all keys in Redis; separates services that share one'),
  JOB_RETENTION: duration(60, 31_536_000, 604_800).describe(
    'How long a finished job can be read: seconds, or e.g. `90m`, `12h` or `7d`',
  ),
  SHOW_PROMPTS: boolean(false).describe(
    'Whether workers store the prompt and the raw answer of each stage with the run, and the API shows them to its caller; up to 150,000 characters per stage',
  ),
  SANDBOX: z
    .enum(['off', 'syntax', 'embedded', 'container'])
    .default('syntax')
    .describe(
      'What is done with the code that models write. `syntax`: code in Python, JavaScript, TypeScript, Java, Go or Rust that does not parse gets one more call to mend it; if that fails, the job lists `unparsable` in `degraded`. `embedded`: Python, JavaScript and TypeScript of complex requests are also run on test cases, in locked processes of the worker; needs Linux on x64 or arm64, about 300 MB per processor, and the same value for the API. `container`: the same, and C and C++, in a separate service (`npm run sandbox`, or `sandbox` in Compose). `off`: nothing',
    ),
  STAGE_LOG: z
    .enum(['off', 'answers'], { error: 'off or answers' })
    .default('answers')
    .describe(
      'Whether workers append model answers to the stage logs: `answers`, or `off`. `DELETE /jobs/:id` lists the logs, so give the API the same value',
    ),
  MODEL_CONTEXT_TOKENS: integer(2_000, 100_000_000, DEFAULT_CONTEXT_TOKENS).describe(
    'Size of the context of the models, in tokens, unless their server lists it. Earlier turns of a thread above an eighth of it are summarised, and the code in a prompt takes at most 40 %; the same for API and workers',
  ),
  STAGE_QUEUES: roleQueues.describe(
    'Roles with a queue of their own, e.g. `reviewer:slow,generator:slow`; the same for API and workers',
  ),
});

/** Settings of workers and of the sandbox service. */
export const sandboxSettings = z.object({
  SANDBOX_REDIS_URL: redisUrl.describe(
    'URL of the Redis through which workers and the sandbox service exchange programs with `SANDBOX=container`; that of `REDIS_URL` if not set. For the service, a URL with a user that has no other rights: see docs/sandbox.md',
  ),
});

export type QueueSettings = z.output<typeof queueSettings>;

/** The URL of Redis for a process that requires it. @throws SettingsError if it is not set */
export function requireRedisUrl({ REDIS_URL }: Pick<QueueSettings, 'REDIS_URL'>): string {
  if (REDIS_URL !== null) return REDIS_URL;
  throw new SettingsError('REDIS_URL is not set; it must be a URL such as redis://localhost:6379');
}

/** Settings of the queue, with the URL of Redis. */
type ConnectedSettings = QueueSettings & { readonly REDIS_URL: string } & Pick<
    QueueOptions,
    'redisTimeoutMs'
  >;

export const queueOptions = (settings: ConnectedSettings): QueueOptions => ({
  redisUrl: settings.REDIS_URL,
  redisTimeoutMs: settings.redisTimeoutMs,
  namespace: settings.QUEUE_NAMESPACE,
  retentionSeconds: settings.JOB_RETENTION,
  roleQueues: settings.STAGE_QUEUES,
  contextTokens: settings.MODEL_CONTEXT_TOKENS,
});

/** The pipeline for a value of SANDBOX. API and workers use the same. */
export const graphFor = ({ SANDBOX }: Pick<QueueSettings, 'SANDBOX'>): Graph =>
  SANDBOX === 'embedded' || SANDBOX === 'container' ? verifiedGraph : graph;
