import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NO_USAGE, type Usage } from '@codegen/pipeline';
import { startSimulator } from '@codegen/simulator';
import { expect, test } from 'vitest';
import { clientOf, errorOf, question } from './ask.ts';

const never = new AbortController().signal;
const estimate: Usage = {
  ...NO_USAGE,
  generationId: 'gen-1',
  provider: 'Estimated',
  promptTokens: 3,
  completionTokens: 2,
  figures: 'estimated',
};

/** A server whose answers to `GET /generation` are given one by one, the last of them for ever. */
async function serve(...replies: readonly ((response: ServerResponse) => unknown)[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const reply = replies[Math.min(asked.push(request.url), replies.length) - 1];
    response.setHeader('content-type', 'application/json');
    reply?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    asked,
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
const notYet = reply({ error: { code: 404, message: 'not found' } }, 404);

test('a call that was broken off ends with the figures of the server', async () => {
  await using simulator = await startSimulator();
  simulator.faults.add({ fault: { kind: 'hang', afterTokens: 5 } });
  const caller = new AbortController();
  const { callModel, reconcileUsage } = clientOf(simulator);
  let heard = '';
  const onText = (text: string) => {
    heard += text;
  };
  const asked = errorOf(callModel({ ...question, onText }, caller.signal));
  await expect.poll(() => heard.length).toBe(20);
  caller.abort();
  const { usage } = await asked;
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

test('a server other than OpenRouter is not asked', async () => {
  await using simulator = await startSimulator();
  expect(clientOf(simulator, { openRouter: false }).reconcileUsage).toBeUndefined();
});

test('a generation that is not on file yet is asked for again; what is billed counts', async () => {
  const data = {
    model: 'maker/served',
    provider_name: 'DeepInfra',
    tokens_prompt: 5,
    tokens_completion: 6,
    native_tokens_prompt: 7,
    native_tokens_completion: null,
    total_cost: 0.5,
  };
  await using server = await serve(notYet, notYet, reply({ data }));
  expect(await server.reconcileUsage(estimate, never)).toEqual({
    ...estimate,
    servedModel: 'maker/served',
    promptTokens: 7,
    completionTokens: 6,
    cost: 0.5,
    figures: 'reported',
  });
  expect(server.asked).toEqual(Array.from({ length: 3 }, () => '/v1/generation?id=gen-1'));
});

test.each<[string, (response: ServerResponse) => unknown]>([
  ['fails', reply({ error: { code: 500, message: 'no' } }, 500)],
  ['knows no cost', reply({ data: { total_cost: null } })],
  ['says something else', reply([])],
  ['says no JSON', (response) => response.end('<html>')],
  ['breaks off', (response) => response.destroy()],
])('a server that %s is asked once, and the estimate stays', async (_, reply) => {
  await using server = await serve(reply);
  expect(await server.reconcileUsage(estimate, never)).toBeNull();
  expect(server.asked).toHaveLength(1);
});

test('without a generation id nobody is asked', async () => {
  await using server = await serve(notYet);
  expect(await server.reconcileUsage({ ...estimate, generationId: null }, never)).toBeNull();
  expect(server.asked).toEqual([]);
});

test.each([
  ['does not answer', () => {}],
  ['has nothing on file', notYet],
])('a lookup ends when it is aborted while the server %s', async (_, reply) => {
  await using server = await serve(reply);
  const closing = new AbortController();
  const reconcileUsage = server.reconcileUsage(estimate, closing.signal);
  await expect.poll(() => server.asked.length).toBeGreaterThan(0);
  closing.abort();
  expect(await reconcileUsage).toBeNull();
});
