import { jobSchema } from '@codegen/contract';
import type { Operation } from '../operation.ts';
import { jobPath, jobPathProblems } from './job-path.ts';

export const redeliverWebhook = {
  id: 'redeliverWebhook',
  method: 'post',
  path: '/jobs/{id}/webhook/redeliver',
  tag: 'Jobs',
  summary: 'Tell the end of a finished job to its webhook again',
  parameters: { path: jobPath },
  answers: {
    202: {
      description: 'The job, whose end is being told: its `webhook` says how that goes',
      body: jobSchema,
    },
  },
  problems: [...jobPathProblems, 'job-not-finished', 'no-webhook', 'webhooks-not-configured'],
} satisfies Operation;
