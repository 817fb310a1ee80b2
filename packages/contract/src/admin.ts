import { z } from 'zod';
import { timeSchema } from './primitives.ts';
import { usageSchema } from './usage.ts';

const count = z.int().min(0);

/** `GET /admin/state`. */
export const serviceStateSchema = z
  .object({
    intake: z.enum(['open', 'paused']).describe('Whether new jobs are accepted'),
    pausedAt: timeSchema.nullable().describe('When the intake was paused; null if it is open'),
    drained: z.boolean().describe('Whether every job has ended'),
    openJobs: count.describe('Queued and running jobs'),
    waitingJobs: count.describe('Of these, jobs that no worker has started'),
    oldestWaitingSeconds: z.number().min(0).describe('Age of the oldest of them; 0 if there is none'),
    stages: z
      .record(
        z.string(),
        z.object({ waiting: count, active: count, delayed: count, blocked: count, failed: count }),
      )
      .describe('Stages by queue and state'),
    workers: z.record(z.string(), count).describe('Live workers by queue'),
    webhooksPending: count.describe('Deliveries that have not ended'),
  })
  .meta({ id: 'ServiceState' });

/** `GET /admin/usage`. */
export const usageListSchema = z
  .object({ callers: z.array(usageSchema).describe('In the order of their names') })
  .meta({ id: 'UsageList' });

/** `POST /admin/jobs/{id}/retry`. */
export const retriedJobSchema = z
  .object({
    id: z.uuid().describe('Of the new job, which belongs to the caller of the failed one'),
    caller: z.string(),
    retryOf: z.uuid().describe('The failed job'),
    from: z.string().describe('The stage that failed, from which the new job runs'),
  })
  .meta({ id: 'RetriedJob' });
