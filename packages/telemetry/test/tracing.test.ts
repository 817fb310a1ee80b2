import { graph, type ModelRequest, NO_USAGE, type StageRecord } from '@codegen/pipeline';
import type { StageWorkerEvent } from '@codegen/queue';
import { startTraceReceiver, type TraceReceiver, treeOf } from '@codegen/testing/network/trace-receiver';
import { record } from '@codegen/testing/runs/records';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tracingSettings } from '../src/config.ts';
import { loadTracing, type Tracing } from '../src/index.ts';

const RUN = '5c1d1d9e-7c52-4b0a-9a3d-0b8f5e1f2a77';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const SECRET = 'the prompt of a user';

let receiver: TraceReceiver;
beforeEach(async () => {
  receiver = await startTraceReceiver();
  // OpenTelemetry's SDK reads the address itself.
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver[Symbol.asyncDispose]();
});

async function load(env: Record<string, string> = {}): Promise<Tracing> {
  const settings = tracingSettings.parse({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
  const tracing = await loadTracing(settings, {
    service: 'test',
    onError: (error) => expect.unreachable(error.message),
  });
  return tracing ?? expect.unreachable('tracing is on');
}

const { stage } = graph.entry;
const request: ModelRequest = {
  run: RUN,
  stage,
  model: 'maker/model',
  attempt: 1,
  prompt: { system: 'instructions', user: SECRET },
  traceparent: SAMPLED,
};
const call = { ...NO_USAGE, model: 'maker/model', startedAt: 1_000, durationMs: 50, failure: null };
const event = { run: RUN, requestId: null, traceparent: SAMPLED };
const attempt: StageWorkerEvent = {
  ...event,
  kind: 'attempt',
  stage: stage.name,
  route: null,
  waitMs: 0,
  durationMs: 50,
  call,
  exchange: { request, response: { ...NO_USAGE, text: 'the answer' } },
  isLockLost: false,
};
const ended = (overrides: Partial<StageRecord>): StageWorkerEvent => ({
  ...event,
  kind: 'stage',
  record: record(stage.name, { startedAt: 900, endedAt: 1_100, calls: [call], ...overrides }),
});

test('writes prompts and answers only if that is chosen', async () => {
  const silent = await load();
  silent.onStageEvent(attempt);
  await silent.close();
  expect(receiver.spans()).toHaveLength(1);
  expect(receiver.bodies()).not.toMatch(/the prompt|instructions|the answer/);

  const open = await load({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' });
  open.onStageEvent(attempt);
  await open.close();
  const { attributes = {} } = receiver.spans().at(-1) ?? {};
  const text = (content: string) => ({ type: 'text', content });
  expect(JSON.parse(String(attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [text(SECRET)] },
  ]);
  expect(JSON.parse(String(attributes['gen_ai.output.messages']))).toMatchObject([
    { role: 'assistant', parts: [text('the answer')] },
  ]);
  expect(JSON.parse(String(attributes['gen_ai.system_instructions']))).toEqual([text('instructions')]);
});

test('gives spans the times of their records and the failure as their error', async () => {
  const tracing = await load();
  tracing.onStageEvent(attempt);
  const failure = { intent: 'giveUp', code: 'truncated', message: SECRET } as const;
  tracing.onStageEvent(ended({ status: 'failed', failure }));
  await tracing.close();
  const spans = receiver.spans();
  expect(treeOf(spans)).toEqual([`stage ${stage.name} (truncated)`, '  chat maker/model']);
  expect(spans.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
    [900, 1_100],
    [1_000, 1_050],
  ]);
  expect(receiver.bodies()).not.toContain(SECRET);
});

test('ends a call whose worker was lost when the next one begins', async () => {
  const tracing = await load();
  const failure = { intent: 'retry', code: 'worker-lost', message: 'lost' } as const;
  const lost = { ...call, durationMs: null, failure };
  tracing.onStageEvent(ended({ calls: [lost, { ...call, startedAt: 1_040 }] }));
  await tracing.close();
  const [, chat] = receiver.spans();
  expect(chat).toMatchObject({ startedAt: 1_000, endedAt: 1_040, isError: true });
});

test('writes nothing of a request that is not sampled, and of its run', async () => {
  const tracing = await load();
  const span = tracing.startRequest({ method: 'GET', path: '/generate' }, SAMPLED.replace(/01$/, '00'));
  expect(span.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  const { traceparent } = span;
  tracing.onStageEvent({ ...attempt, traceparent });
  tracing.onStageEvent({ ...ended({}), traceparent } as StageWorkerEvent);
  span.end({ requestId: 'r', route: '/generate', status: 200, problem: null, job: RUN });
  // A run of an API without tracing.
  tracing.onStageEvent({ ...attempt, traceparent: null });
  await tracing.close();
  expect(receiver.spans()).toEqual([]);
  expect(tracing.headersOf({ ...request, traceparent }).traceparent).toMatch(/-00$/);
  expect(tracing.headersOf({ ...request, traceparent: null })).toEqual({});
});

test.each([undefined, '', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${SAMPLED}\r\nX-Evil: 1`])(
  'starts a trace of its own for the traceparent %j',
  async (header) => {
    const tracing = await load();
    const span = tracing.startRequest({ method: 'GET', path: '/jobs' }, header);
    expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(span.traceparent).not.toContain(TRACE);
    span.end({ requestId: 'r', route: '/jobs', status: 503, problem: 'queue-unavailable', job: null });
    await tracing.close();
    expect(treeOf(receiver.spans())).toEqual(['GET /jobs (queue-unavailable)']);
    expect(receiver.spans()[0]?.parent).toBe('');
  },
);
