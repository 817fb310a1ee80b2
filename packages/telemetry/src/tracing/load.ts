import { boolean, integer, url } from '@codegen/settings';
import { z } from 'zod';
import type { Tracing, TracingOptions } from './tracing.ts';

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

type TracingSettings = z.output<typeof tracingSettings>;

/** Loads OpenTelemetry's SDK and starts to write traces; null if the settings do not ask for it. */
export async function loadTracing(
  settings: TracingSettings,
  options: Pick<TracingOptions, 'service' | 'onError'>,
): Promise<Tracing | null> {
  const hasEndpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!hasEndpoint || settings.OTEL_SDK_DISABLED) return null;
  // Loaded here, so that a process without traces has nothing of the SDK in memory.
  const { createTracing } = await import('./tracing.ts');
  const capturesContent = settings.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT;
  return createTracing({ ...options, batchDelayMs: settings.OTEL_BSP_SCHEDULE_DELAY, capturesContent });
}
