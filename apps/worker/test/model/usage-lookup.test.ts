import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NO_USAGE, type Usage } from '@codegen/pipeline';
import { startSimulator } from '@codegen/simulator';
import { expect, test } from 'vitest';
import { clientOf, errorOf, request } from './simulator-client.ts';

const never = new AbortController().signal;
const estimate: Usage = {
  ...NO_USAGE,
  generationId: 'gen-1',
  provider: 'Estimated',
  promptTokens: 3,
  completionTokens: 2,
  figures: 'estimated',
};

/** Serves `GET /generation` with the replies in order; the last one is repeated. */
async function serve(...replies: readonly ((response: ServerResponse) => unknown)[]) {
  const urls: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const reply = replies[Math.min(urls.push(request.url), replies.length) - 1];
    response.setHeader('content-type', 'application/json');
    reply?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    urls,
    reconcileUsage: clientOf({ baseUrl }).reconcileUsage ?? expect.fail(),
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
    },
  };
}
const reply =
  (body: object, status = 200) =>
  (response: ServerResponse) =>
    response.writeHead(status).end(JSON.stringify(body));
const notFound = reply({ error: { code: 404, message: 'not found' } }, 404);

test('replaces the estimate of an aborted call with the figures of the server', async () => {
  await using simulator = await startSimulator();
  simulator.faults.add({ fault: { kind: 'hang', afterTokens: 5 } });
  const caller = new AbortController();
  const { callModel, reconcileUsage } = clientOf(simulator);
  let received = '';
  const onText = (text: string) => {
    received += text;
  };
  const failing = errorOf(callModel({ ...request, onText }, caller.signal));
  await expect.poll(() => received.length).toBe(20);
  caller.abort();
  const { usage } = await failing;
  expect(usage?.figures).toBe('estimated');
  const [call] = simulator.calls();
  expect(await reconcileUsage?.(usage ?? NO_USAGE, never)).toEqual({
    ...usage,
    promptTokens: call?.usage?.prompt_tokens,
    completionTokens: 5,
    reasoningTokens: 0,
    cachedTokens: 0,
    cost: call?.usage?.cost,
    figures: 'reported',
  });
  expect(call?.usage?.cost).toBeGreaterThan(0);
});

test('is undefined for a server other than OpenRouter', async () => {
  await using simulator = await startSimulator();
  expect(clientOf(simulator, { openRouter: false }).reconcileUsage).toBeUndefined();
});

test('repeats the lookup until the generation exists and prefers the billed token counts', async () => {
  const data = {
    model: 'maker/served',
    provider_name: 'DeepInfra',
    tokens_prompt: 5,
    tokens_completion: 6,
    native_tokens_prompt: 7,
    native_tokens_completion: null,
    total_cost: 0.5,
  };
  await using server = await serve(notFound, notFound, reply({ data }));
  expect(await server.reconcileUsage(estimate, never)).toEqual({
    ...estimate,
    servedModel: 'maker/served',
    promptTokens: 7,
    completionTokens: 6,
    cost: 0.5,
    figures: 'reported',
  });
  expect(server.urls).toEqual(Array.from({ length: 3 }, () => '/v1/generation?id=gen-1'));
});

test.each<[string, (response: ServerResponse) => unknown]>([
  ['fails', reply({ error: { code: 500, message: 'no' } }, 500)],
  ['has no cost', reply({ data: { total_cost: null } })],
  ['sends something else', reply([])],
  ['sends no JSON', (response) => response.end('<html>')],
  ['closes the connection', (response) => response.destroy()],
])('resolves with null after one request when the server %s', async (_, reply) => {
  await using server = await serve(reply);
  expect(await server.reconcileUsage(estimate, never)).toBeNull();
  expect(server.urls).toHaveLength(1);
});

test('sends no request for usage without a generation id', async () => {
  await using server = await serve(notFound);
  expect(await server.reconcileUsage({ ...estimate, generationId: null }, never)).toBeNull();
  expect(server.urls).toEqual([]);
});

test.each([
  ['does not respond', () => {}],
  ['has no such generation', notFound],
])('resolves with null when aborted while the server %s', async (_, reply) => {
  await using server = await serve(reply);
  const closing = new AbortController();
  const reconcileUsage = server.reconcileUsage(estimate, closing.signal);
  await expect.poll(() => server.urls.length).toBeGreaterThan(0);
  closing.abort();
  expect(await reconcileUsage).toBeNull();
});
