import { z } from 'zod';

const text = z.string();

/** What the accounts need of a job as `GET /jobs/:id` shows it. */
export const jobSeen = z.object({
  id: text,
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  route: z.enum(['simple', 'complex', 'ambiguous']).nullable(),
  degraded: z.array(z.object({ stage: text, code: text, consequence: text })),
  stages: z.array(
    z.object({
      name: text,
      status: text,
      calls: z.array(z.object({ failure: z.object({ code: text }).nullable() })),
    }),
  ),
  result: z
    .object({
      code: text,
      feedback: text.optional(),
      ambiguous: z.boolean().optional(),
      steps: z.record(text, text).optional(),
    })
    .nullable(),
  problem: z.object({ type: text, code: text.optional() }).nullable(),
});

export type JobSeen = z.output<typeof jobSeen>;

export const isOver = ({ status }: JobSeen) => status !== 'queued' && status !== 'running';
