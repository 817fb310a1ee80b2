import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** A metric that only grows. */
export interface CountMetric {
  add(labels: Labels, amount?: number): void;
}

/** The distribution of durations. */
export interface DurationMetric {
  /** @param ms duration, or null if it is unknown and not to be recorded */
  observe(labels: Labels, ms: number | null): void;
}

/** A value of a gauge, read when metrics are requested. */
export interface GaugeValue {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * Upper bounds of histogram buckets, in seconds: from an answer at once to the longest model call, ten minutes.
 * Quantiles beyond the last bound are unknown.
 */
const BUCKETS_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];

/** The metrics of one process in the text format of Prometheus. Names of metrics begin with `codegen_`. */
export interface Metrics {
  count(name: string, help: string, labels: readonly string[]): CountMetric;
  duration(name: string, help: string, labels: readonly string[]): DurationMetric;
  gauge(name: string, help: string, labels: readonly string[], read: () => readonly GaugeValue[]): void;
  /** Called before the gauges are read. A failure is reported by the gauge `codegen_scrape_failed`. */
  beforeRead(load: () => Promise<void>): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/**
 * Creates the metrics of a process, with those of Node.js (event-loop lag, memory, garbage collection) and
 * `codegen_build_info`. Create one per process: the metrics of Node.js observe it until it ends.
 */
export function createMetrics(service: string, version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const loads: (() => Promise<void>)[] = [];

  const build = { name: 'codegen_build_info', help: 'Version of the service; the value is 1' };
  new Gauge({ ...build, labelNames: ['version', 'node'], registers }).set(
    { version, node: process.version },
    1,
  );
  const failed = new Gauge({
    name: 'codegen_scrape_failed',
    help: '1 if values shared in Redis could not be read for this scrape; they are missing then',
    registers,
  });

  return {
    count(name, help, labelNames) {
      const counter = new Counter({ name, help, labelNames: [...labelNames], registers });
      return { add: (labels, amount = 1) => counter.inc({ ...labels }, amount) };
    },
    duration(name, help, labelNames) {
      const buckets = BUCKETS_SECONDS;
      const histogram = new Histogram({ name, help, labelNames: [...labelNames], buckets, registers });
      return {
        observe(labels, ms) {
          if (ms !== null) histogram.observe({ ...labels }, Math.max(0, ms) / 1_000);
        },
      };
    },
    gauge(name, help, labelNames, read) {
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          this.reset();
          // Without labels, `reset` would report 0 for a value that could not be read.
          if (labelNames.length === 0) this.remove();
          for (const { labels, value } of read()) this.set({ ...labels }, value);
        },
      });
    },
    beforeRead: (load) => void loads.push(load),
    async render() {
      const results = await Promise.allSettled(loads.map((load) => load()));
      failed.set(results.some(({ status }) => status === 'rejected') ? 1 : 0);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
