import { z } from 'zod';
import { time } from './figures.ts';

const attemptSchema = z
  .object({
    at: time,
    status: z.int().nullable().describe('Of the receiver’s answer; null if there was none'),
    error: z.string().nullable().describe('Why there was no answer'),
    durationMs: z.int().min(0),
  })
  .meta({ id: 'WebhookAttempt' });

export const webhookSchema = z
  .object({
    url: z.string(),
    status: z
      .enum(['waiting', 'pending', 'delivered', 'failed'])
      .describe('`waiting` for the end of the job, `pending` while it is being told'),
    attempts: z.array(attemptSchema).describe('The last 20, the oldest first'),
    nextAttemptAt: time.nullable(),
  })
  .meta({ id: 'Webhook', description: 'Where the end of the job is told, and how that went.' });
