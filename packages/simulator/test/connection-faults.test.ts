import { describe, expect, it, vi } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { ask } from './ask.ts';

/** What has come so far, and how it ends. */
function read(response: Response) {
  const parts: string[] = [];
  const sink = new WritableStream<string>({ write: (part) => void parts.push(part) });
  const ended = response.body!.pipeThrough(new TextDecoderStream()).pipeTo(sink);
  return { text: () => parts.join(''), ended };
}

/** Waits until the text has come; what comes behind it is read but not waited for. */
async function readUntil(response: Response, wanted: RegExp): Promise<string> {
  const received = read(response);
  received.ended.catch(() => {});
  return vi.waitFor(() => {
    expect(received.text()).toMatch(wanted);
    return received.text();
  });
}

describe.each([{ stream: false }, { stream: true }])('broken connections, stream: $stream', ({ stream }) => {
  it('reset ends before the headers', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'reset' } });
    await expect(ask(simulator, { stream })).rejects.toThrow('fetch failed');
    expect(simulator.calls()).toMatchObject([{ status: 'fault', fault: 'reset' }]);
  });

  it('cut ends amid the answer', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'cut' } });
    const response = await ask(simulator, { stream });
    const received = read(response);
    await expect(received.ended).rejects.toThrow('terminated');
    expect(received.text()).toContain('Here is a si');
    expect(received.text()).not.toContain('canned answers');
    expect(simulator.calls()).toMatchObject([{ status: 'fault', fault: 'cut' }]);
  });

  it('hang gives nothing until the client leaves', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'hang' } });
    const leaving = new AbortController();
    const response = ask(simulator, { stream, signal: leaving.signal });
    const failed = expect(response).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'open', fault: 'hang' }]));
    leaving.abort();
    await failed;
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'aborted', fault: 'hang' }]));
  });

  it('hang can send keep-alives for ever', async () => {
    await using simulator = await startSimulator({ keepAliveCommentMs: 5 });
    simulator.faults.add({ fault: { kind: 'hang', comments: true } });
    const leaving = new AbortController();
    const response = await ask(simulator, { stream, signal: leaving.signal });
    await readUntil(response, stream ? /^(: OPENROUTER PROCESSING\n\n){3}/ : /^\n\n\n/);
    leaving.abort();
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'aborted' }]));
  });
});

describe('a stream that goes quiet', () => {
  it.each<[FaultRule['fault'], RegExp]>([
    [{ kind: 'hang', afterTokens: 0 }, /"role":"assistant","content":""/],
    [{ kind: 'hang', afterTokens: 3 }, /"content":"Here is a si"/],
    [{ kind: 'hang', afterTokens: 1, comments: true }, /"content":"Here".*\n\n: OPENROUTER PROCESSING/],
  ])('%j', async (fault, wanted) => {
    await using simulator = await startSimulator({ keepAliveCommentMs: 5 });
    simulator.faults.add({ fault });
    const leaving = new AbortController();
    const response = await ask(simulator, { stream: true, signal: leaving.signal });
    expect(await readUntil(response, wanted)).not.toContain('finish_reason":"');
    expect(simulator.calls()).toMatchObject([{ status: 'open' }]);
    leaving.abort();
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'aborted' }]));
  });
});

describe('a client that leaves by itself', () => {
  it.each([
    { stream: true, options: { latencyMs: 600_000 } },
    { stream: true, options: { tokensPerSecond: 0.1 } },
    { stream: false, options: { latencyMs: 600_000 } },
  ])('is noticed: $options, stream: $stream', async ({ stream, options }) => {
    await using simulator = await startSimulator(options);
    const leaving = new AbortController();
    const failed = ask(simulator, { stream, signal: leaving.signal }).then((response) => response.text());
    const settled = expect(failed).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'open' }]));
    leaving.abort();
    await settled;
    await vi.waitFor(() => expect(simulator.calls()).toMatchObject([{ status: 'aborted' }]));
  });
});
