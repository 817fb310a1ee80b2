import { integer } from '@codegen/settings';
import { z } from 'zod';

/** A setting for the port on which a process serves its metrics. Null serves none. */
export const metricsPort = (process: string) =>
  integer(0, 65_535, null).describe(
    `Port on which ${process} serves \`GET /metrics\` for Prometheus; 0 picks a free one; if unset, none are served`,
  );

/** Settings of every process that serves metrics. */
export const telemetrySettings = z.object({
  METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .describe(
      'Address on which metrics are served, without a key; they name models and callers, so open it to your own network only',
    ),
});
