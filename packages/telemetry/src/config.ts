import { boolean, integer, url } from '@codegen/settings';
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

const ENDPOINT = ['http', 'https'] as const;

/** Settings of every process that writes traces. OpenTelemetry's SDK reads further `OTEL_*` variables itself. */
export const tracingSettings = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: url(ENDPOINT).describe(
    'Base URL of an OpenTelemetry collector that receives OTLP over HTTP, e.g. `http://localhost:4318`; traces go to `/v1/traces` below it. If this and the next one are unset, no traces are written',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(ENDPOINT).describe(
    'URL that receives traces, in place of the one below OTEL_EXPORTER_OTLP_ENDPOINT',
  ),
  OTEL_BSP_SCHEDULE_DELAY: integer(1, 60_000, 500).describe(
    'Delay until a batch of spans is sent, in ms; a process that is killed loses the spans of this time',
  ),
  OTEL_SDK_DISABLED: boolean(false).describe('Whether traces are off although an endpoint is set'),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: boolean(false).describe(
    'Whether traces contain prompts and answers',
  ),
});

export type TracingSettings = z.output<typeof tracingSettings>;
