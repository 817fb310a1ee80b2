import { type FaultRule, type Simulator, startSimulator } from '@codegen/simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf, errorOf, question } from './ask.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ keepAliveCommentMs: 10 });
});
afterEach(() => simulator.close());

const PROMPT_TOKENS = Math.ceil((question.prompt.system.length + question.prompt.user.length) / 4);

/** A call that meets a fault and is aborted once its caller has heard so many characters and the server is at it. */
async function broken(fault: FaultRule['fault'], characters: number, openRouter = true) {
  simulator.faults.add({ fault });
  const caller = new AbortController();
  let heard = '';
  const onText = (text: string) => {
    heard += text;
  };
  const asked = errorOf(
    clientOf(simulator, { openRouter }).callModel({ ...question, onText }, caller.signal),
  );
  await expect.poll(() => simulator.calls()[0]?.status).toBe('open');
  await expect.poll(() => heard.length).toBeGreaterThanOrEqual(characters);
  caller.abort('run finished');
  return { error: await asked, heard };
}

describe('a caller that gives up', () => {
  test.each<[FaultRule['fault'], number]>([
    [{ kind: 'hang' }, 0],
    [{ kind: 'hang', afterTokens: 5 }, 20],
    [{ kind: 'slow', tokensPerSecond: 0.1 }, 16],
  ])('is told so, and the call ends on the server: %j', async (fault, characters) => {
    const { error } = await broken(fault, characters);
    expect(error.failure).toMatchObject({ intent: 'retry', code: 'aborted' });
    await expect.poll(() => simulator.calls()[0]?.status).toBe('aborted');
  });

  test('learns what is known of the call, the tokens as they can be reckoned', async () => {
    const { error, heard } = await broken({ kind: 'hang', afterTokens: 5 }, 20);
    expect(heard).toHaveLength(20);
    expect(error.usage).toEqual({
      servedModel: `simulated/${question.model}`,
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

  test('before anything came knows only what was sent', async () => {
    const { error } = await broken({ kind: 'hang' }, 0);
    expect(error.usage).toMatchObject({
      servedModel: null,
      provider: null,
      promptTokens: PROMPT_TOKENS,
      completionTokens: 0,
      figures: 'estimated',
    });
  });

  test('before it began makes no call, and nothing is known of one', async () => {
    const error = await errorOf(clientOf(simulator).callModel(question, AbortSignal.abort('handed back')));
    expect(error).toMatchObject({ failure: { code: 'aborted' }, usage: null, cause: 'handed back' });
    expect(simulator.calls()).toEqual([]);
  });

  test('and a server that broke off itself are no answer, but work that was done', async () => {
    simulator.faults.add({ fault: { kind: 'cut' } });
    const { failure, usage } = await errorOf(
      clientOf(simulator).callModel(question, new AbortController().signal),
    );
    expect(failure.code).toBe('connection');
    expect(usage).toMatchObject({ promptTokens: PROMPT_TOKENS, figures: 'estimated' });
    expect(usage?.completionTokens).toBeGreaterThan(5);
  });
});
