import { describe, expect, it } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { ask, type Completion } from './ask.ts';
import { readStream } from './read-stream.ts';

interface Seen {
  content: string | null;
  reasoning: string;
  refusal: string | null;
  finish: string | null;
}

async function seen(fault: FaultRule['fault'], stream: boolean): Promise<Seen> {
  await using simulator = await startSimulator();
  simulator.faults.add({ fault });
  const response = await ask(simulator, { stream });
  expect(response.status).toBe(200);
  if (stream) {
    const { content, reasoning, finish, chunks } = readStream(await response.text());
    const refusal = chunks.map((chunk) => chunk.choices[0]?.delta.refusal ?? '').join('');
    return { content, reasoning, finish, refusal };
  }
  const { message, finish_reason: finish } = ((await response.json()) as Completion).choices[0]!;
  return {
    content: message.content,
    reasoning: message.reasoning ?? '',
    refusal: message.refusal ?? '',
    finish,
  };
}

describe.each([{ stream: false }, { stream: true }])('odd answers, stream: $stream', ({ stream }) => {
  it('error-mid-stream is half an answer and an error', async () => {
    const { content, finish } = await seen({ kind: 'error-mid-stream' }, stream);
    expect(content).toContain('Here is a simulated answer');
    expect(content).not.toContain('book of canned answers');
    expect(finish).toBe('error');
  });

  it('no-finish lacks the reason for its end', async () => {
    const { content, finish } = await seen({ kind: 'no-finish' }, stream);
    expect(content).toContain('book of canned answers');
    expect(finish).toBeNull();
  });

  it('empty is blank', async () => {
    expect(await seen({ kind: 'empty' }, stream)).toMatchObject({
      content: '',
      reasoning: '',
      finish: 'stop',
    });
  });

  it('reasoning-only has no content', async () => {
    const { content, reasoning, finish } = await seen({ kind: 'reasoning-only' }, stream);
    expect(content ?? '').toBe('');
    expect(reasoning).toContain('Simulated thinking');
    expect(finish).toBe('stop');
  });

  it('truncated ends within its fence', async () => {
    const { content, finish } = await seen({ kind: 'truncated' }, stream);
    expect(content?.match(/```/g)).toHaveLength(1);
    expect(content).toContain('Simulated answer: no model was asked.');
    expect(finish).toBe('length');
  });

  it.each(['content_filter', 'refusal'] as const)('a refusal can finish as %s', async (finishReason) => {
    const { content, finish } = await seen({ kind: 'refusal', finishReason }, stream);
    expect(content).toContain("can't help");
    expect(finish).toBe(finishReason);
  });

  it('a refusal can be told by its own field alone', async () => {
    const { content, refusal, finish } = await seen({ kind: 'refusal', finishReason: 'stop' }, stream);
    expect(content ?? '').toBe('');
    expect(refusal).toContain("can't help");
    expect(finish).toBe('stop');
  });

  it('think comes before the answer', async () => {
    const { content } = await seen({ kind: 'think' }, stream);
    expect(content).toMatch(/^<think>\n[\s\S]*a thought[\s\S]*<\/think>\n\n[\s\S]*def reverse_string/);
  });

  it('think may never end', async () => {
    const { content } = await seen({ kind: 'think', closed: false }, stream);
    expect(content).toMatch(/^<think>\n/);
    expect(content).not.toContain('</think>');
    expect(content).not.toContain('def reverse_string');
  });

  it('text is exactly that, whole characters in every chunk', async () => {
    const text = `${'🙂'.repeat(99)}\u2028{"choice": "C"}`;
    expect((await seen({ kind: 'text', text }, stream)).content).toBe(text);
    expect((await seen({ kind: 'text', text: `a${text}` }, stream)).content).toBe(`a${text}`);
  });

  it('slow is late but whole', async () => {
    const { content, finish } = await seen({ kind: 'slow', latencyMs: 5, tokensPerSecond: 4000 }, stream);
    expect(content).toContain('book of canned answers');
    expect(finish).toBe('stop');
  });
});

describe('the rest of a spoilt answer', () => {
  it('a plain one that broke off carries the error in its choice', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-mid-stream' } });
    const { choices } = (await (await ask(simulator)).json()) as Completion;
    expect(choices[0]?.error).toMatchObject({ code: 502 });
  });

  it('a stream that broke off ends with the error, without usage or [DONE]', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-mid-stream' } });
    const { chunks, done } = readStream(await (await ask(simulator, { stream: true })).text());
    expect(chunks.at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] });
    expect(chunks.some(({ usage }) => usage)).toBe(false);
    expect(done).toBe(false);
  });

  it('a stream without a finish has no [DONE] either', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'no-finish' } });
    expect(readStream(await (await ask(simulator, { stream: true })).text()).done).toBe(false);
  });

  it.each([false, true])('garbage cannot be parsed, stream: %s', async (stream) => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'garbage' } });
    const response = await ask(simulator, { stream });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(() => (stream ? readStream(text) : JSON.parse(text))).toThrow(SyntaxError);
  });
});
