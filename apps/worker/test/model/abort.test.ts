import { type FaultRule, type Simulator, startSimulator } from '@codegen/simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf, errorOf, request } from './simulator-client.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ keepAliveCommentMs: 10 });
});
afterEach(() => simulator.close());

const PROMPT_TOKENS = Math.ceil((request.prompt.system.length + request.prompt.user.length) / 4);

/** Aborts a call that meets a fault once `characters` of text have arrived and the server is generating. */
async function abortCall(fault: FaultRule['fault'], characters: number, openRouter = true) {
  simulator.faults.add({ fault });
  const caller = new AbortController();
  let received = '';
  const onText = (text: string) => {
    received += text;
  };
  const failing = errorOf(
    clientOf(simulator, { openRouter }).callModel({ ...request, onText }, caller.signal),
  );
  await expect.poll(() => simulator.calls()[0]?.status).toBe('open');
  await expect.poll(() => received.length).toBeGreaterThanOrEqual(characters);
  caller.abort('run finished');
  return { error: await failing, received };
}

describe('an aborted call', () => {
  test.each<[FaultRule['fault'], number]>([
    [{ kind: 'hang' }, 0],
    [{ kind: 'hang', afterTokens: 5 }, 20],
    [{ kind: 'slow', tokensPerSecond: 0.1 }, 16],
  ])('fails as aborted and ends on the server: %j', async (fault, characters) => {
    const { error } = await abortCall(fault, characters);
    expect(error.failure).toMatchObject({ intent: 'retry', code: 'aborted' });
    await expect.poll(() => simulator.calls()[0]?.status).toBe('aborted');
  });

  test('has the known usage and estimated tokens', async () => {
    const { error, received } = await abortCall({ kind: 'hang', afterTokens: 5 }, 20);
    expect(received).toHaveLength(20);
    expect(error.usage).toEqual({
      servedModel: `simulated/${request.model}`,
      provider: 'Simulated',
      generationId: simulator.calls()[0]?.id,
      promptTokens: PROMPT_TOKENS,
      completionTokens: 5,
      reasoningTokens: null,
      cachedTokens: null,
      cost: null,
      figures: 'estimated',
      simulated: true,
    });
  });

  test('estimates only the prompt tokens when no text has arrived', async () => {
    const { error } = await abortCall({ kind: 'hang' }, 0);
    expect(error.usage).toMatchObject({
      servedModel: null,
      provider: null,
      promptTokens: PROMPT_TOKENS,
      completionTokens: 0,
      figures: 'estimated',
    });
  });

  test('sends no request and has no usage when aborted beforehand', async () => {
    const error = await errorOf(
      clientOf(simulator).callModel(request, AbortSignal.abort('returned to the queue')),
    );
    expect(error).toMatchObject({
      failure: { code: 'aborted' },
      usage: null,
      cause: 'returned to the queue',
    });
    expect(simulator.calls()).toEqual([]);
  });

  test('has estimated usage when the server cuts the connection', async () => {
    simulator.faults.add({ fault: { kind: 'cut' } });
    const { failure, usage } = await errorOf(
      clientOf(simulator).callModel(request, new AbortController().signal),
    );
    expect(failure.code).toBe('connection');
    expect(usage).toMatchObject({ promptTokens: PROMPT_TOKENS, figures: 'estimated' });
    expect(usage?.completionTokens).toBeGreaterThan(5);
  });
});
