import { describe, expect, it } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { type Completion, complete } from './client.ts';

const post = (url: string, body: string) => fetch(url, { method: 'POST', body });

describe('rejected requests', () => {
  it.each([
    ['{', 'not JSON'],
    ['[]', 'expected object'],
    ['{"model":"a"}', 'messages'],
    ['{"model":"a","messages":[]}', 'messages'],
    ['{"messages":[{"role":"user","content":"x"}]}', 'No models provided'],
  ])('returns 400 for a body with %s', async (body, message) => {
    await using simulator = await startSimulator();
    const response = await post(`${simulator.baseUrl}/chat/completions`, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 400, message: expect.stringContaining(message) },
    });
    expect(simulator.calls()).toEqual([]);
  });

  it('returns 413 for a body above 32 MiB', async () => {
    await using simulator = await startSimulator();
    const response = await post(`${simulator.baseUrl}/chat/completions`, ' '.repeat(32 * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { metadata: { error_type: 'payload_too_large' } } });
  });

  it('returns 404 for an unknown path', async () => {
    await using simulator = await startSimulator();
    const response = await fetch(`${simulator.baseUrl}/embeddings`);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-simulated')).toBe('true');
    expect(await response.json()).toMatchObject({ error: { code: 404 } });
  });

  it('returns 401 for any key other than apiKey', async () => {
    await using simulator = await startSimulator({ apiKey: 'right' });
    expect((await complete(simulator, { key: 'wrong' })).status).toBe(401);
    expect((await fetch(`${simulator.baseUrl}/key`)).status).toBe(401);
    expect((await complete(simulator, { key: 'right' })).status).toBe(200);
    expect(simulator.calls()).toMatchObject([{ status: 'refused' }, { status: 'answered' }]);
  });

  it('rejects if the port is taken', async () => {
    await using simulator = await startSimulator();
    await expect(startSimulator({ port: simulator.port })).rejects.toThrow('EADDRINUSE');
  });

  it('refuses connections after close, which is idempotent', async () => {
    const simulator = await startSimulator();
    await simulator.close();
    await simulator.close();
    await expect(complete(simulator)).rejects.toThrow('fetch failed');
  });
});

describe('a plain answer', () => {
  it('is marked as simulated', async () => {
    await using simulator = await startSimulator();
    const response = await complete(simulator, { model: 'google/gemini-3.5-flash' });
    expect(response.headers.get('x-simulated')).toBe('true');
    const { id, model, choices, usage } = (await response.json()) as Completion;
    expect(id).toMatch(/^gen-/);
    expect(response.headers.get('x-generation-id')).toBe(id);
    expect(model).toBe('simulated/google/gemini-3.5-flash');
    expect(choices[0]?.message.content).toContain('# Simulated answer: no model was asked.');
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
    expect(usage.cost).toBeCloseTo((usage.prompt_tokens * 1.5 + usage.completion_tokens * 9) / 1e6, 12);
  });

  it('starts with blank lines when it is slow', async () => {
    await using simulator = await startSimulator({ latencyMs: 40, keepAliveCommentMs: 5 });
    const text = await (await complete(simulator)).text();
    expect(text).toMatch(/^\n+\{/);
    expect(JSON.parse(text)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });

  it('is served under /api/v1 too, for messages with content parts', async () => {
    await using simulator = await startSimulator();
    const parts = [{ type: 'text', text: 'FizzBuzz in Rust' }];
    const body = JSON.stringify({ model: 'a', messages: [{ role: 'user', content: parts }] });
    const response = await post(`http://127.0.0.1:${simulator.port}/api/v1/chat/completions`, body);
    const { choices } = (await response.json()) as Completion;
    expect(choices[0]?.message.content).toContain('fn fizz_buzz');
    expect(simulator.calls()).toMatchObject([{ stage: 'answer', request: 'FizzBuzz in Rust' }]);
  });
});

describe('the other endpoints', () => {
  it('GET /models lists prices per token', async () => {
    await using simulator = await startSimulator();
    const { data } = (await (await fetch(`${simulator.baseUrl}/models`)).json()) as {
      data: { id: string }[];
    };
    expect(data.find(({ id }) => id === 'google/gemini-3.1-flash-lite')).toMatchObject({
      pricing: { prompt: '0.00000025', completion: '0.0000015' },
      expiration_date: null,
    });
    expect(data.find(({ id }) => id === 'qwen/qwen3-coder:free')).toMatchObject({ pricing: { prompt: '0' } });
  });

  it('GET /generation returns the cost of a call, GET /key the total', async () => {
    await using simulator = await startSimulator();
    expect((await fetch(`${simulator.baseUrl}/generation?id=gen-none`)).status).toBe(404);
    const { id, usage } = (await (await complete(simulator)).json()) as Completion;
    const generation = await (await fetch(`${simulator.baseUrl}/generation?id=${id}`)).json();
    expect(generation).toMatchObject({ data: { id, total_cost: usage.cost, cancelled: false } });
    const key = await (await fetch(`${simulator.baseUrl}/key`)).json();
    expect(key).toMatchObject({ data: { usage: usage.cost } });
  });

  const generationOf = async (simulator: { baseUrl: string }, id: string | null) => {
    const response = await fetch(`${simulator.baseUrl}/generation?id=${id}`);
    return { status: response.status, body: (await response.json()) as { data: Record<string, unknown> } };
  };

  it('GET /generation bills an aborted stream up to the disconnect, after it ended', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'slow', tokensPerSecond: 0.1 } });
    const client = new AbortController();
    const response = await complete(simulator, {
      stream: true,
      model: 'google/gemini-3.5-flash',
      signal: client.signal,
    });
    const id = response.headers.get('x-generation-id');
    expect((await generationOf(simulator, id)).status).toBe(404);
    await response.body?.getReader().read();
    client.abort();
    await expect.poll(() => simulator.calls()[0]?.status).toBe('aborted');
    const { data } = (await generationOf(simulator, id)).body;
    const prompt = simulator.calls()[0]?.usage?.prompt_tokens ?? 0;
    expect(data).toMatchObject({ id, cancelled: true, tokens_prompt: prompt, native_tokens_completion: 4 });
    expect(data.total_cost).toBeCloseTo((prompt * 1.5 + 4 * 9) / 1e6, 12);
  });

  it('GET /generation bills an aborted plain call in full', async () => {
    await using simulator = await startSimulator({ keepAliveCommentMs: 5 });
    const whole = (await (await complete(simulator)).json()) as Completion;
    simulator.faults.add({ fault: { kind: 'slow', latencyMs: 60_000 } });
    const client = new AbortController();
    const response = await complete(simulator, { signal: client.signal });
    client.abort();
    await expect.poll(() => simulator.calls()[1]?.status).toBe('aborted');
    expect((await generationOf(simulator, response.headers.get('x-generation-id'))).body.data).toMatchObject({
      cancelled: true,
      tokens_completion: whole.usage.completion_tokens,
      total_cost: whole.usage.cost,
    });
  });
});
