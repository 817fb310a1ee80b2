import { expect, it } from 'vitest';
import { startSimulator } from '../src/index.ts';
import { answer, ask } from './ask.ts';
import { readStream } from './read-stream.ts';

it('is a comment, the role, the content, the finish, the usage and [DONE]', async () => {
  await using simulator = await startSimulator();
  const response = await ask(simulator, { stream: true });
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

it('is of few chunks when nothing slows it down', async () => {
  await using simulator = await startSimulator();
  const request = `${'Build a REST API for a todo list in JavaScript '.repeat(9)}`;
  const { chunks } = readStream(await (await ask(simulator, { stream: true, request })).text());
  expect(chunks.length).toBeLessThanOrEqual(20);
});

it('is of small chunks when it is paced', async () => {
  await using simulator = await startSimulator({ tokensPerSecond: 2000 });
  const { chunks, content } = readStream(await (await ask(simulator, { stream: true })).text());
  expect(chunks.every(({ choices }) => (choices[0]?.delta.content?.length ?? 0) <= 80 * 4)).toBe(true);
  expect(content).toBe(await answer(simulator));
});

it('carries comments while the model is waited for', async () => {
  await using simulator = await startSimulator({ latencyMs: 40, keepAliveCommentMs: 5 });
  const { comments, done } = readStream(await (await ask(simulator, { stream: true })).text());
  expect(comments.length).toBeGreaterThan(1);
  expect(done).toBe(true);
});
