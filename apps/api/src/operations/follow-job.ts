import { eventSchema } from '@codegen/contract';
import { z } from 'zod';
import type { Operation } from '../operation.ts';
import { jobPath, jobPathProblems } from './job-path.ts';
import { onDisconnectHeader, onDisconnectQuery } from './on-disconnect.ts';

const sequence = z.string().regex(/^\d{1,15}$/);

export const followJob = {
  id: 'followJob',
  method: 'get',
  path: '/jobs/{id}/events',
  tag: 'Jobs',
  summary: 'Follow a job',
  description:
    'Server-sent events. `id` is the job’s own sequence without holes, `event` the type, `data` JSON of the schema ' +
    'below. The last one is `job.finished` with the whole job. A comment comes every 15 seconds.',
  parameters: {
    path: jobPath,
    query: z.object({
      after: sequence.optional().meta({ description: 'Go on after this event', example: '0' }),
      ...onDisconnectQuery,
    }),
    header: z.object({
      ...onDisconnectHeader,
      'Last-Event-ID': sequence
        .optional()
        .describe('The same, as browsers send it; it counts more than `after`'),
    }),
  },
  answers: {
    200: {
      description: 'The events; the schema is that of the `data` of each',
      body: eventSchema,
      mediaType: 'text/event-stream',
      headers: z.object({ 'X-Accel-Buffering': z.literal('no') }),
    },
    204: { description: 'The job has finished and there is nothing more to tell' },
  },
  problems: [...jobPathProblems, 'malformed-cursor', 'invalid-parameter'],
} satisfies Operation;
