import { type ReceivedSpan, startTraceReceiver, treeOf } from '@codegen/testing/network/trace-receiver';
import { start } from '@codegen/testing/process/program';
import { HANG_MS } from '@codegen/testing/timeouts';
import { expect, inject, it, vi } from 'vitest';
import { COMPLEX, generatePath, SIMPLE, startService } from '../service.ts';

const WAIT = { timeout: HANG_MS, interval: 50 };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CLIENT_SPAN}-01`;

/** Names each module of OpenTelemetry's SDK that a process loads. BullMQ loads the interfaces, `@opentelemetry/api`. */
const NAME_LOADED = `--import=data:text/javascript,${encodeURIComponent(
  "import { registerHooks } from 'node:module';" +
    "registerHooks({ load(url, context, next) { if (/@opentelemetry.(?:sdk|core|exporter)/.test(url)) console.error('loaded', url); return next(url, context); } });",
)}`;

const ofTrace = (spans: readonly ReceivedSpan[], trace: string) =>
  spans.filter((span) => span.trace === trace);

it('writes one trace from the request to each model call, also when a worker is killed in between', async () => {
  await using receiver = await startTraceReceiver();
  await using service = await startService({
    workers: 1,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50' },
  });
  const { simulator } = service;
  simulator.faults.add({ match: { stage: 'classify' }, fault: { kind: 'status', status: 500 }, times: 1 });
  simulator.faults.add({ match: { stage: 'compare' }, fault: { kind: 'hang', comments: true }, times: 1 });
  const testStartedAt = Date.now();
  const response = await service.get(generatePath(COMPLEX), {
    Prefer: 'respond-async',
    traceparent: TRACEPARENT,
  });
  expect(response.status).toBe(202);
  await vi.waitUntil(
    () => simulator.calls().some(({ stage, status }) => stage === 'compare' && status === 'open'),
    WAIT,
  );
  // A worker that is killed loses the spans of its last 50 ms.
  await vi.waitUntil(
    () => receiver.spans().filter(({ name }) => name.startsWith('stage enhance.')).length === 2,
    WAIT,
  );
  service.workers[0]?.child.kill('SIGKILL');
  await using _second = start('apps/worker/src/main.ts', [], {
    ...service.env,
    BASE_URL: simulator.baseUrl,
    LOG_DIR: service.logDir,
  });
  await vi.waitUntil(() => receiver.spans().some(({ name }) => name.startsWith('invoke_workflow')), WAIT);

  const spans = ofTrace(receiver.spans(), TRACE);
  const lines = treeOf(spans).map((line) => line.replace(/chat \S+/, 'chat'));
  expect([lines[0], lines[1]]).toEqual(['GET /generate', '  invoke_workflow generate']);
  const stages = Map.groupBy(
    spans.filter(({ name }) => name.startsWith('chat')),
    ({ parent }) => spans.find(({ id }) => id === parent)?.name,
  );
  const results = [...stages].map(([stage, made]) => [
    stage,
    made.map((call) => call.attributes['error.type']),
  ]);
  expect(Object.fromEntries(results)).toEqual({
    'stage classify': ['upstream-error', undefined],
    'stage interpret': [undefined],
    'stage generate.direct': [undefined],
    'stage generate.interpreted': [undefined],
    'stage enhance.direct': [undefined],
    'stage enhance.interpreted': [undefined],
    'stage compare': ['worker-lost', undefined],
    'stage polish': [undefined],
  });
  expect(lines.filter((line) => /^ {4}stage \S+$/.test(line))).toHaveLength(8);
  expect(spans).toHaveLength(2 + 8 + 10);
  expect(new Set(spans.map(({ id }) => id)).size).toBe(spans.length);
  expect(spans.find(({ name }) => name === 'GET /generate')?.parent).toBe(CLIENT_SPAN);
  // Also the run and the stage that the second worker ended began before it was started.
  for (const { startedAt, endedAt } of spans) {
    expect(startedAt).toBeGreaterThan(testStartedAt - 1_000);
    expect(endedAt).toBeGreaterThanOrEqual(startedAt);
    expect(endedAt).toBeLessThan(Date.now() + 1_000);
  }
  const named = (name: string) => spans.find((span) => span.name.startsWith(name))?.attributes;
  expect(named('invoke_workflow')).toMatchObject({
    'gen_ai.operation.name': 'invoke_workflow',
    'codegen.job.id': response.headers.get('X-Job-Id'),
    'codegen.job.status': 'completed',
    'codegen.route': 'complex',
  });
  const [polish] = stages.get('stage polish') ?? [];
  expect(polish?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': expect.stringMatching(/./),
    'gen_ai.response.model': expect.stringMatching(/^simulated\//),
    'gen_ai.usage.input_tokens': expect.any(Number),
    'gen_ai.usage.output_tokens': expect.any(Number),
  });
  // The model server continues the trace below the span of its call.
  const sent = simulator.calls().map(({ headers }) => headers.traceparent);
  const made = spans.filter(({ name }) => name.startsWith('chat')).map(({ id }) => `00-${TRACE}-${id}-01`);
  expect(sent.toSorted()).toEqual(made.toSorted());
  expect(receiver.bodies()).not.toContain('todo list');
});

it('answers and ends as fast as ever when the collector does not answer', async () => {
  await using receiver = await startTraceReceiver(() => {});
  await using service = await startService({
    workers: 1,
    env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`, OTEL_BSP_SCHEDULE_DELAY: '10' },
  });
  for (let request = 0; request < 3; request++) {
    const startedAt = Date.now();
    expect((await service.get(generatePath(`${SIMPLE} ${request}`))).status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(8_000);
  }
  await vi.waitUntil(() => receiver.spans().length > 0, WAIT);
  const programs = [service.api, ...service.workers];
  for (const { child } of programs) child.kill('SIGTERM');
  expect(await Promise.all(programs.map(({ ended }) => ended))).toEqual([0, 0]);
});

it('loads and sends nothing without an endpoint, or if OTEL_SDK_DISABLED is true', async () => {
  await using receiver = await startTraceReceiver();
  const loadedBy = async (env: Record<string, string>) => {
    await using api = start('apps/api/src/main.ts', [], {
      REDIS_URL: inject('redisUrl'),
      QUEUE_NAMESPACE: 'tracing-off',
      NODE_OPTIONS: NAME_LOADED,
      PORT: '0',
      ...env,
    });
    const [, url = ''] = await api.waitForOutput(/"url":"(http:[^"]+)"/);
    await fetch(`${url}/jobs`, { headers: { traceparent: TRACEPARENT } });
    api.child.kill('SIGTERM');
    expect(await api.ended).toBe(0);
    return api.stderr().includes('loaded');
  };
  const OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url;
  expect(await loadedBy({})).toBe(false);
  expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBe(false);
  expect(receiver.spans()).toEqual([]);
  expect(await loadedBy({ OTEL_EXPORTER_OTLP_ENDPOINT })).toBe(true);
  expect(treeOf(receiver.spans())).toEqual(['GET /jobs']);
});
