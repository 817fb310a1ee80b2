import { describe, expect, it } from 'vitest';
import { type FaultRule, startSimulator } from '../src/index.ts';
import { complete } from './client.ts';

/** The text received so far and the end of the response. */
function read(response: Response) {
  const parts: string[] = [];
  const sink = new WritableStream<string>({ write: (part) => void parts.push(part) });
  const ended = response.body!.pipeThrough(new TextDecoderStream()).pipeTo(sink);
  return { text: () => parts.join(''), ended };
}

/** Resolves when the text has been received; later text is read in the background. */
async function readUntil(response: Response, wanted: RegExp): Promise<string> {
  const received = read(response);
  received.ended.catch(() => {});
  await expect.poll(received.text).toMatch(wanted);
  return received.text();
}

describe.each([{ stream: false }, { stream: true }])('connection faults (stream: $stream)', ({ stream }) => {
  it('reset closes the connection before the headers', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'reset' } });
    await expect(complete(simulator, { stream })).rejects.toThrow('fetch failed');
    expect(simulator.calls()).toMatchObject([{ status: 'fault', fault: 'reset' }]);
  });

  it('cut closes the connection inside the answer', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'cut' } });
    const response = await complete(simulator, { stream });
    const received = read(response);
    await expect(received.ended).rejects.toThrow('terminated');
    expect(received.text()).toContain('Here is a si');
    expect(received.text()).not.toContain('canned answers');
    expect(simulator.calls()).toMatchObject([{ status: 'fault', fault: 'cut' }]);
  });

  it('hang sends nothing until the client disconnects', async () => {
    await using simulator = await startSimulator();
    simulator.faults.add({ fault: { kind: 'hang' } });
    const abort = new AbortController();
    const response = complete(simulator, { stream, signal: abort.signal });
    const failed = expect(response).rejects.toThrow('aborted');
    await expect.poll(simulator.calls).toMatchObject([{ status: 'open', fault: 'hang' }]);
    abort.abort();
    await failed;
    await expect.poll(simulator.calls).toMatchObject([{ status: 'aborted', fault: 'hang' }]);
  });

  it('hang with comments sends keep-alives', async () => {
    await using simulator = await startSimulator({ keepAliveCommentMs: 5 });
    simulator.faults.add({ fault: { kind: 'hang', comments: true } });
    const abort = new AbortController();
    const response = await complete(simulator, { stream, signal: abort.signal });
    await readUntil(response, stream ? /^(: OPENROUTER PROCESSING\n\n){3}/ : /^\n\n\n/);
    abort.abort();
    await expect.poll(simulator.calls).toMatchObject([{ status: 'aborted' }]);
  });
});

describe('a hanging stream', () => {
  it.each<[FaultRule['fault'], RegExp]>([
    [{ kind: 'hang', afterTokens: 0 }, /"role":"assistant","content":""/],
    [{ kind: 'hang', afterTokens: 3 }, /"content":"Here is a si"/],
    [{ kind: 'hang', afterTokens: 1, comments: true }, /"content":"Here".*\n\n: OPENROUTER PROCESSING/],
  ])('sends the first tokens: %j', async (fault, wanted) => {
    await using simulator = await startSimulator({ keepAliveCommentMs: 5 });
    simulator.faults.add({ fault });
    const abort = new AbortController();
    const response = await complete(simulator, { stream: true, signal: abort.signal });
    expect(await readUntil(response, wanted)).not.toContain('finish_reason":"');
    expect(simulator.calls()).toMatchObject([{ status: 'open' }]);
    abort.abort();
    await expect.poll(simulator.calls).toMatchObject([{ status: 'aborted' }]);
  });
});

describe('a disconnected client', () => {
  it.each([
    { stream: true, options: { latencyMs: 600_000 } },
    { stream: true, options: { tokensPerSecond: 0.1 } },
    { stream: false, options: { latencyMs: 600_000 } },
  ])('is recorded as aborted: $options, stream: $stream', async ({ stream, options }) => {
    await using simulator = await startSimulator(options);
    const abort = new AbortController();
    const failed = complete(simulator, { stream, signal: abort.signal }).then((response) => response.text());
    const settled = expect(failed).rejects.toThrow('aborted');
    await expect.poll(simulator.calls).toMatchObject([{ status: 'open' }]);
    abort.abort();
    await settled;
    await expect.poll(simulator.calls).toMatchObject([{ status: 'aborted' }]);
  });
});
