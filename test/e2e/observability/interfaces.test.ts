import { randomBytes } from 'node:crypto';
import { startTraceReceiver, type TraceReceiver, treeOf } from '@codegen/testing/network/trace-receiver';
import { HANG_MS } from '@codegen/testing/timeouts';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Service, SIMPLE, startService } from '../service.ts';

const WAIT = { timeout: HANG_MS, interval: 50 };

let receiver: TraceReceiver;
let service: Service;
beforeAll(async () => {
  receiver = await startTraceReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
  service = await startService({ workers: 1, env });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

/** A trace that a client has begun, with its header. */
function beginTrace() {
  const [id, span] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { id, headers: { traceparent: `00-${id}-${span}-01` } };
}

/** Waits until a trace has these lines from one on. The API sends its span when the response has closed. */
async function expectTrace(trace: string, expected: readonly string[], from = 0) {
  const lines = () => treeOf(receiver.spans().filter((span) => span.trace === trace));
  await vi.waitFor(
    () =>
      expect(
        lines()
          .slice(from)
          .map((line) => line.replace(/chat \S+/, 'chat')),
      ).toEqual(expected),
    WAIT,
  );
}

const post = async (path: string, body: object, headers: Record<string, string>) => {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers } };
  const response = await fetch(`${service.url}${path}`, { ...init, body: JSON.stringify(body) });
  expect(response.status).toBeLessThan(300);
  return response;
};

/** The tree below a request that starts a simple run. */
const below = (request: string) => [
  request,
  '  invoke_workflow generate',
  '    stage classify',
  '      chat',
  '    stage answer',
  '      chat',
];

it.each([
  ['/v1/chat/completions', { model: 'codegen', messages: [{ role: 'user', content: `${SIMPLE} 1` }] }],
  ['/v1/responses', { model: 'codegen', input: `${SIMPLE} 2` }],
  ['/jobs', { query: `${SIMPLE} 3`, wait: 50 }],
])('continues the trace of a client at %s down to each model call', async (path, body) => {
  const { id, headers } = beginTrace();
  await (await post(path, body, headers)).text();
  await expectTrace(id, below(`POST ${path}`));
});

it('continues the trace of a client in the background and of a stream, once per job', async () => {
  const background = beginTrace();
  const stream = beginTrace();
  const input = { model: 'codegen', input: `${SIMPLE} in the background`, background: true };
  const begun = (await (await post('/v1/responses', input, background.headers)).json()) as { id: string };
  const messages = [{ role: 'user', content: `${SIMPLE} as a stream` }];
  const streamed = await post(
    '/v1/chat/completions',
    { model: 'codegen', messages, stream: true },
    stream.headers,
  );
  await streamed.text();
  // A request that follows the job is in its own trace.
  await service.get(`/v1/responses/${begun.id}`);
  await expectTrace(background.id, below('POST /v1/responses'));
  await expectTrace(stream.id, below('POST /v1/chat/completions'));
});

it('continues the trace of an MCP client', async () => {
  const { id, headers } = beginTrace();
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${service.url}/mcp`), { requestInit: { headers } }),
  );
  await client.callTool({ name: 'generate_code', arguments: { query: `${SIMPLE} for MCP` } });
  await client.close();
  // The connection has requests of its own before.
  await expectTrace(id, below('POST /mcp'), -below('').length);
});

it('has the stages that a rerun repeats in the trace of the rerun, and none that it reuses', async () => {
  const first = beginTrace();
  const job = (await (await post('/jobs', { query: `${SIMPLE} twice`, wait: 50 }, first.headers)).json()) as {
    id: string;
  };
  const again = beginTrace();
  await (await post(`/jobs/${job.id}/rerun`, { from: 'answer' }, again.headers)).text();
  const [, workflow, , , ...answer] = below('');
  await expectTrace(again.id, ['POST /jobs/{id}/rerun', `${workflow}`, ...answer]);
  await expectTrace(first.id, below('POST /jobs'));
});
