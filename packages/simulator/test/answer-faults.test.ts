import { describe, expect, it } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { type Completion, complete, readStream } from './client.ts';

interface Seen {
  content: string | null;
  reasoning: string;
  refusal: string | null;
  finish: string | null;
}

async function seen(fault: FaultRule['fault'], stream: boolean): Promise<Seen> {
  await using simulator = await startSimulator();
  simulator.faults.add({ fault });
  const response = await complete(simulator, { stream });
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

describe.each([{ stream: false }, { stream: true }])('answer faults (stream: $stream)', ({ stream }) => {
  it('error-mid-stream sends half an answer and an error', async () => {
    const { content, finish } = await seen({ kind: 'error-mid-stream' }, stream);
    expect(content).toContain('Here is a simulated answer');
    expect(content).not.toContain('book of canned answers');
    expect(finish).toBe('error');
  });

  it('no-finish sends no finish reason', async () => {
    const { content, finish } = await seen({ kind: 'no-finish' }, stream);
    expect(content).toContain('book of canned answers');
    expect(finish).toBeNull();
  });

  it('empty sends empty content', async () => {
    expect(await seen({ kind: 'empty' }, stream)).toMatchObject({
      content: '',
      reasoning: '',
      finish: 'stop',
    });
  });

  it('reasoning-only sends no content', async () => {
    const { content, reasoning, finish } = await seen({ kind: 'reasoning-only' }, stream);
    expect(content ?? '').toBe('');
    expect(reasoning).toContain('Simulated thinking');
    expect(finish).toBe('stop');
  });

  it('truncated ends inside the fenced block', async () => {
    const { content, finish } = await seen({ kind: 'truncated' }, stream);
    expect(content?.match(/```/g)).toHaveLength(1);
    expect(content).toContain('Simulated answer: no model was asked.');
    expect(finish).toBe('length');
  });

  it.each(['content_filter', 'refusal'] as const)('refusal finishes with %s', async (finishReason) => {
    const { content, finish } = await seen({ kind: 'refusal', finishReason }, stream);
    expect(content).toContain("can't help");
    expect(finish).toBe(finishReason);
  });

  it('refusal with stop sets only the field refusal', async () => {
    const { content, refusal, finish } = await seen({ kind: 'refusal', finishReason: 'stop' }, stream);
    expect(content ?? '').toBe('');
    expect(refusal).toContain("can't help");
    expect(finish).toBe('stop');
  });

  it('think precedes the answer', async () => {
    const { content } = await seen({ kind: 'think' }, stream);
    expect(content).toMatch(/^<think>\n[\s\S]*a thought[\s\S]*<\/think>\n\n[\s\S]*def reverse_string/);
  });

  it('think with closed: false sends no answer', async () => {
    const { content } = await seen({ kind: 'think', closed: false }, stream);
    expect(content).toMatch(/^<think>\n/);
    expect(content).not.toContain('</think>');
    expect(content).not.toContain('def reverse_string');
  });

  it('text is sent unchanged, without splitting surrogate pairs', async () => {
    const text = `${'🙂'.repeat(99)}\u2028{"choice": "C"}`;
    expect((await seen({ kind: 'text', text }, stream)).content).toBe(text);
    expect((await seen({ kind: 'text', text: `a${text}` }, stream)).content).toBe(`a${text}`);
  });

  it('slow delays a complete answer', async () => {
    const { content, finish } = await seen({ kind: 'slow', latencyMs: 5, tokensPerSecond: 4000 }, stream);
    expect(content).toContain('book of canned answers');
    expect(finish).toBe('stop');
  });
});

describe('end of a faulty answer', () => {
  it('error-mid-stream puts the error into the choice of a plain answer', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-mid-stream' } });
    const { choices } = (await (await complete(simulator)).json()) as Completion;
    expect(choices[0]?.error).toMatchObject({ code: 502 });
  });

  it('error-mid-stream ends a stream with the error, without usage or [DONE]', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'error-mid-stream' } });
    const { chunks, done } = readStream(await (await complete(simulator, { stream: true })).text());
    expect(chunks.at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] });
    expect(chunks.some(({ usage }) => usage)).toBe(false);
    expect(done).toBe(false);
  });

  it('no-finish ends a stream without [DONE]', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'no-finish' } });
    expect(readStream(await (await complete(simulator, { stream: true })).text()).done).toBe(false);
  });

  it.each([false, true])('garbage cannot be parsed (stream: %s)', async (stream) => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'garbage' } });
    const response = await complete(simulator, { stream });
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(() => (stream ? readStream(text) : JSON.parse(text))).toThrow(SyntaxError);
  });
});
