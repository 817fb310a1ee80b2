export { metricsPort, telemetrySettings } from './config.ts';
export {
  type CountMetric,
  createMetrics,
  type DurationMetric,
  type GaugeValue,
  type Metrics,
} from './metrics/registry.ts';
export { type MetricsServer, startMetricsServer } from './metrics/server.ts';
export { loadTracing, tracingSettings } from './tracing/load.ts';
export type { RequestSpan, Tracing } from './tracing/tracing.ts';
