import { ROLES } from '@codegen/pipeline';
import { z } from 'zod';
import { failureCode } from './failure.ts';
import { cost } from './figures.ts';
import { jobSchema, jobStatus, route } from './job.ts';
import type { Shown } from './shown.ts';

const count = z.int().min(0).nullable();
const stage = { stage: z.string() };
const told = { costSoFar: cost };
const end = {
  ...stage,
  servedModel: z.string().nullable(),
  attempts: z.int().min(0),
  promptTokens: count,
  completionTokens: count,
  cost,
  durationMs: z.int().min(0),
};
const why = { code: failureCode, why: z.string() };
const ended = (type: `stage.${'completed' | 'skipped' | 'cancelled'}`) =>
  z.object({ type: z.literal(type), ...end, ...told });

/** The `data` of an event as it is streamed; the event's own name is its `type`, or `snapshot`. */
export const eventSchema = z
  .union([
    z.object({
      type: z.literal('stage.started'),
      ...stage,
      role: z.enum(ROLES),
      model: z.string(),
      attempt: z.int().min(0).describe('A further one begins the text of the stage anew'),
      ...told,
    }),
    z.object({ type: z.literal('stage.delta'), ...stage, text: z.string(), ...told }),
    z.object({
      type: z.literal('stage.retrying'),
      ...stage,
      ...why,
      retryAt: z.int().describe('Milliseconds since 1970'),
      ...told,
    }),
    ended('stage.completed'),
    ended('stage.skipped'),
    ended('stage.cancelled'),
    z.object({ type: z.literal('stage.degraded'), ...why, consequence: z.string(), ...end, ...told }),
    z.object({ type: z.literal('job.routed'), route, ...told }),
    z.object({ type: z.literal('job.finished'), status: jobStatus, job: jobSchema.nullable(), ...told }),
    z
      .object({ job: jobSchema.nullable(), ...told })
      .describe('`snapshot`: in place of events that are not kept any more'),
  ])
  .meta({ id: 'JobEvent', description: 'What happens to a job.' });

export type EventData = Shown<z.output<typeof eventSchema>>;
