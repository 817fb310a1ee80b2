import { ROUTES } from '@codegen/pipeline';
import { z } from 'zod';
import type { Shown } from './shown.ts';

const range = z.object({ low: z.number().min(0), high: z.number().min(0) }).nullable();

const ofRoute = z.object({
  cost: range.describe('US dollars'),
  durationMs: range.describe('Milliseconds'),
  basedOn: z.object({ calls: z.int().min(0), simulated: z.boolean().describe('They were canned') }),
  note: z.string().nullable().describe('Why a figure is missing'),
});

export const estimateSchema = z
  .object({ valid: z.literal(true), estimate: z.record(z.enum(ROUTES), ofRoute) })
  .meta({ id: 'Estimate', description: 'What the job would take, by route. Nothing was started.' });

export type EstimateResource = Shown<z.output<typeof estimateSchema>>;
