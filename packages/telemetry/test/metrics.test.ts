import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics, type Metrics, type MetricsServer, startMetricsServer } from '../src/index.ts';

let metrics: Metrics;
let server: MetricsServer;
beforeAll(async () => {
  metrics = createMetrics('api', '1.2.3');
  server = await startMetricsServer(metrics, 0, '127.0.0.1');
});
afterAll(() => server?.close());

const scrape = async () => (await fetch(server.url)).text();

test('serves the version, the event-loop lag and own metrics in the text format of Prometheus', async () => {
  metrics.count('codegen_things_total', 'Things', ['kind']).add({ kind: 'a' }, 2);
  metrics.duration('codegen_thing_seconds', 'Durations', []).observe({}, 400_000);
  const response = await fetch(server.url);
  expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toContain(`codegen_build_info{version="1.2.3",node="${process.version}",service="api"} 1`);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{service="api"\} [\d.e-]+$/m);
  expect(text).toContain('codegen_things_total{kind="a",service="api"} 2');
  expect(text).toContain('codegen_thing_seconds_bucket{le="300",service="api"} 0');
  expect(text).toContain('codegen_thing_seconds_bucket{le="600",service="api"} 1');
});

test('reads gauges at each request and forgets labels that are gone', async () => {
  let models = ['one', 'two'];
  metrics.gauge('codegen_models', 'Models', ['model'], () =>
    models.map((model) => ({ labels: { model }, value: 1 })),
  );
  expect(await scrape()).toContain('codegen_models{model="two",service="api"} 1');
  models = ['one'];
  expect(await scrape()).not.toContain('model="two"');
});

test('reports that shared values could not be read, and serves the others', async () => {
  let isBroken = false;
  metrics.beforeRead(async () => {
    if (isBroken) throw new Error('Redis is down');
  });
  expect(await scrape()).toContain('codegen_scrape_failed{service="api"} 0');
  isBroken = true;
  const text = await scrape();
  expect(text).toContain('codegen_scrape_failed{service="api"} 1');
  expect(text).toContain('codegen_build_info');
});

test('escapes label values', async () => {
  metrics.count('codegen_names_total', 'Names', ['name']).add({ name: 'a"\n\\b' });
  expect(await scrape()).toContain('codegen_names_total{name="a\\"\\n\\\\b",service="api"} 1');
});

test('answers other paths with 404, and fails to start on a port that is taken', async () => {
  expect((await fetch(new URL('/other', server.url))).status).toBe(404);
  const port = Number(new URL(server.url).port);
  await expect(startMetricsServer(metrics, port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
});
