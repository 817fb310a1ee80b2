import type { TracingSettings } from '../config.ts';
import type { Tracing, TracingOptions } from './tracing.ts';

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
