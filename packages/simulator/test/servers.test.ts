import { describe, expect, it } from 'vitest';
import { type ServerName, startSimulator } from '../src/index.ts';
import { SERVERS } from '../src/servers/profiles.ts';
import { readStream } from './client.ts';

const post = (baseUrl: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer right', ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Reverse a string in Go' }], ...body }),
  });

const BASE_PATHS: Readonly<Record<ServerName, string>> = {
  openrouter: '/api/v1',
  ollama: '/v1',
  lmstudio: '/v1',
  vllm: '/v1',
  llamacpp: '/v1',
  azure: '/openai/v1',
  gemini: '/v1beta/openai',
  groq: '/openai/v1',
};

describe.each(Object.keys(SERVERS) as ServerName[])('as %s', (as) => {
  it('lists its models at its base path and answers with usage', async () => {
    await using simulator = await startSimulator({ as });
    expect(new URL(simulator.baseUrl).pathname).toBe(BASE_PATHS[as]);
    const headers = { authorization: 'Bearer right' };
    const list = (await (await fetch(`${simulator.baseUrl}/models`, { headers })).json()) as {
      data: { id: string }[];
    };
    const model = list.data[0]!.id;
    const plain = (await (await post(simulator.baseUrl, { model })).json()) as { usage: object };
    expect('cost' in plain.usage).toBe(as === 'openrouter');
    const response = await post(simulator.baseUrl, {
      model,
      stream: true,
      stream_options: { include_usage: true },
    });
    const stream = readStream(await response.text());
    expect(stream).toMatchObject({ done: true, finish: 'stop' });
    expect(stream.comments.length > 0).toBe(as === 'openrouter');
    expect(stream.chunks.at(-1)!.usage!.completion_tokens).toBeGreaterThan(0);
    const bare = readStream(await (await post(simulator.baseUrl, { model, stream: true })).text());
    expect(bare.chunks.some(({ usage }) => usage !== undefined)).toBe(as === 'openrouter');
  });

  it('names a part that it refuses', async () => {
    const { models } = SERVERS[as];
    await using simulator = await startSimulator({ as, refuses: ['stream_options'] });
    const body = { model: models[0]!.id, stream: true, stream_options: { include_usage: true } };
    const response = await post(simulator.baseUrl, body);
    expect([400, 422]).toContain(response.status);
    expect(await response.text()).toContain('stream_options');
  });
});

it.each<[ServerName, number, unknown]>([
  ['openrouter', 401, { error: { code: 401, message: 'User not found.' } }],
  ['vllm', 401, { error: 'Unauthorized' }],
  ['llamacpp', 401, { error: { message: 'Invalid API Key', type: 'authentication_error' } }],
  ['azure', 401, { error: { code: '401' } }],
  ['gemini', 400, [{ error: { status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } }]],
  ['groq', 401, { error: { code: 'invalid_api_key' } }],
  ['lmstudio', 401, { error: { code: 'invalid_api_key' } }],
])('as %s rejects a wrong key with %d', async (as, status, body) => {
  await using simulator = await startSimulator({ as, apiKey: 'other' });
  const response = await post(simulator.baseUrl, { model: 'x' });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(body as object);
});

it.each<[ServerName, number, unknown]>([
  ['openrouter', 400, { error: { message: 'no-such is not a valid model ID' } }],
  ['ollama', 404, { error: { message: 'model "no-such" not found, try pulling it first' } }],
  ['lmstudio', 400, { error: { code: 'model_not_found' } }],
  ['vllm', 404, { error: { type: 'NotFoundError' } }],
  ['azure', 404, { error: { code: 'DeploymentNotFound' } }],
  ['gemini', 404, [{ error: { status: 'NOT_FOUND' } }]],
  ['groq', 404, { error: { code: 'model_not_found' } }],
])('as %s rejects an unknown model with %d', async (as, status, body) => {
  await using simulator = await startSimulator({ as });
  const response = await post(simulator.baseUrl, { model: 'no-such' });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject(body as object);
});

it.each<[ServerName, number, RegExp]>([
  ['openrouter', 404, /^<!DOCTYPE html>/],
  ['ollama', 404, /^404 page not found$/],
  ['lmstudio', 200, /Unexpected endpoint or method/],
  ['vllm', 404, /^\{"detail":"Not Found"\}$/],
  ['llamacpp', 404, /File Not Found/],
  ['azure', 404, /Resource not found/],
  ['gemini', 404, /^$/],
  ['groq', 404, /Unknown request URL/],
])('as %s answers an unknown path with %d', async (as, status, body) => {
  await using simulator = await startSimulator({ as });
  const response = await fetch(new URL('/nowhere/chat/completions', simulator.baseUrl), { method: 'POST' });
  expect(response.status).toBe(status);
  expect(await response.text()).toMatch(body);
});

it.each<ServerName>(['azure', 'gemini', 'groq'])('as %s rejects unknown fields', async (as) => {
  await using simulator = await startSimulator({ as });
  const response = await post(simulator.baseUrl, { model: SERVERS[as].models[0]!.id, provider: {} });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('provider');
});

it('as azure accepts the key in the header api-key', async () => {
  await using simulator = await startSimulator({ as: 'azure', apiKey: 'right' });
  const headers = { authorization: '', 'api-key': 'right' };
  expect((await post(simulator.baseUrl, { model: 'gpt-4.1' }, headers)).status).toBe(200);
});

it('limits the time that the text of an answer takes', async () => {
  await using simulator = await startSimulator({ tokensPerSecond: 1, maxWritingMs: 100 });
  const startedAt = performance.now();
  await (await post(simulator.baseUrl, { model: 'x', stream: true })).text();
  expect(performance.now() - startedAt).toBeGreaterThan(50);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
