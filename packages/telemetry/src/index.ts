export {
  type CountMetric,
  createMetrics,
  type DurationMetric,
  type GaugeValue,
  type Metrics,
} from './metrics/registry.ts';
export { type MetricsServer, startMetricsServer } from './metrics/server.ts';
export { loadTracing } from './tracing/load.ts';
export type { RequestSpan, Tracing } from './tracing/tracing.ts';
