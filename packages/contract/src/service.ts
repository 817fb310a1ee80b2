import { z } from 'zod';
import { type DeepReadonly, effortSchema } from './primitives.ts';

const text = z.string();

/** `GET /`. */
export const aboutSchema = z
  .object({
    name: text,
    version: text,
    description: text,
    usage: text,
    example: text,
    links: z.record(text, text),
    features: z
      .object({
        apiKeys: z.boolean().describe('Whether requests need an API key'),
        prompts: z.boolean().describe('Whether prompts and raw answers can be read'),
        models: z.array(text).describe('Models that callers may choose'),
        maxQueryChars: z.int(),
        effort: effortSchema.describe('That of requests that name none'),
        testCases: z.boolean().describe('Whether the code of complex requests is run on test cases'),
        notice: z.string().nullable().describe('A sentence of the operator for everyone'),
      })
      .describe('What a page needs to know before its first request'),
  })
  .meta({ id: 'About' });
export type About = DeepReadonly<z.output<typeof aboutSchema>>;

/** `GET /healthz`. */
export const aliveSchema = z.object({ status: z.literal('alive') });

/** `GET /readyz`. */
export const readySchema = z.object({
  status: z.literal('ready'),
  workers: z.record(z.string(), z.int().min(1)).describe('Number of workers by queue'),
  warnings: z.array(text).describe('Faults of Redis that may lose jobs, and what to do about each'),
});
