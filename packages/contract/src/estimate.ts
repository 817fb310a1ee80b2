import { z } from 'zod';
import { type DeepReadonly, routeSchema } from './primitives.ts';

const rangeSchema = z.object({ low: z.number().min(0), high: z.number().min(0) });
/** Of ten jobs, one is expected below `low` and one above `high`. */
export type Range = DeepReadonly<z.output<typeof rangeSchema>>;

const stageEstimateSchema = z.object({
  cost: rangeSchema.nullable().describe('US dollars; null if unknown'),
  durationMs: rangeSchema.describe('Milliseconds'),
});

const routeEstimateSchema = z.object({
  cost: rangeSchema.nullable().describe('US dollars; null if unknown'),
  durationMs: rangeSchema.nullable().describe('Milliseconds; null if unknown'),
  basedOn: z.object({
    calls: z.int().min(0).describe('Number of recent model answers'),
    simulated: z.boolean().describe('Whether they were canned'),
  }),
  stages: z
    .record(z.string(), stageEstimateSchema)
    .describe('By stage; a stage without recent calls is missing'),
  note: z.string().nullable().describe('Why a figure is missing; null if none is'),
});
export type RouteEstimate = DeepReadonly<z.output<typeof routeEstimateSchema>>;

/** The body of `POST /jobs?validateOnly=true`. */
export const estimateSchema = z
  .object({ valid: z.literal(true), estimate: z.partialRecord(routeSchema, routeEstimateSchema) })
  .meta({ id: 'Estimate', description: 'Expected cost and duration by route. Nothing was started.' });
export type EstimateResponse = DeepReadonly<z.output<typeof estimateSchema>>;

/** Expected cost and duration of a job, by route, from recent calls. */
export type Estimate = EstimateResponse['estimate'];
