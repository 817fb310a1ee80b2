import { expect, it } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { answer, complete, readStream } from './client.ts';

it('a stream has a comment, the role, the content, the finish reason, the usage and [DONE]', async () => {
  await using simulator = await startSimulator();
  const response = await complete(simulator, { stream: true });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const text = await response.text();
  expect(text).toMatch(/^: OPENROUTER PROCESSING\n\ndata: /);
  const { chunks, content, done } = readStream(text);
  expect(chunks[0]).toMatchObject({ choices: [{ delta: { role: 'assistant', content: '' } }] });
  expect(content).toBe(await answer(simulator));
  expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: { content: '' }, finish_reason: 'stop' }] });
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: expect.any(Number) } });
  expect(done).toBe(true);
  for (const chunk of chunks) {
    expect(chunk).toMatchObject({
      id: response.headers.get('x-generation-id'),
      model: 'simulated/maker/model',
    });
  }
});

it('an unpaced stream has at most ten chunks', async () => {
  await using simulator = await startSimulator();
  const request = `${'Build a REST API for a todo list in JavaScript '.repeat(9)}`;
  const { chunks } = readStream(await (await complete(simulator, { stream: true, request })).text());
  expect(chunks.length).toBeLessThanOrEqual(20);
});

it('a paced stream has small chunks', async () => {
  await using simulator = await startSimulator({ tokensPerSecond: 2000 });
  const { chunks, content } = readStream(await (await complete(simulator, { stream: true })).text());
  expect(chunks.every(({ choices }) => (choices[0]?.delta.content?.length ?? 0) <= 80 * 4)).toBe(true);
  expect(content).toBe(await answer(simulator));
});

it('a delayed stream sends keep-alive comments', async () => {
  await using simulator = await startSimulator({ latencyMs: 40, keepAliveCommentMs: 5 });
  const { comments, done } = readStream(await (await complete(simulator, { stream: true })).text());
  expect(comments.length).toBeGreaterThan(1);
  expect(done).toBe(true);
});
