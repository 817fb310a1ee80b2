import { getEventListeners } from 'node:events';
import { StageError } from '@codegen/pipeline';
import { type FaultRule, type Simulator, startSimulator } from '@codegen/simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelClientOptions } from '../../src/model/client.ts';
import { clientOf, errorOf, request } from './simulator-client.ts';

const MODEL = request.model;

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ apiKey: 'sk-test-right', keepAliveCommentMs: 10 });
});
afterEach(() => simulator.close());

const client = (options: Partial<ModelClientOptions> = {}) => clientOf(simulator, options);
const never = new AbortController().signal;

/** The StageError of a call that meets a fault. */
async function failureFrom(fault: FaultRule['fault'] | null, options: Partial<ModelClientOptions> = {}) {
  if (fault !== null) simulator.faults.add({ fault });
  const error: unknown = await client(options)
    .callModel(request, never)
    .then(
      (answer) => expect.fail(`unexpected response: ${answer.text}`),
      (reason) => reason,
    );
  if (error instanceof StageError) return error;
  throw error;
}

describe('maps a fault of the server to a failure', () => {
  test.each<[FaultRule['fault'], string, string]>([
    [{ kind: 'no-credit' }, 'failRun', 'no-credit'],
    [{ kind: 'bad-key' }, 'failRun', 'key-rejected'],
    [{ kind: 'forbidden' }, 'nextModel', 'refused'],
    [{ kind: 'no-endpoint' }, 'nextModel', 'no-such-model'],
    [{ kind: 'too-long' }, 'nextModel', 'too-long'],
    [{ kind: 'bad-request' }, 'nextModel', 'request-rejected'],
    [{ kind: 'status', status: 413 }, 'nextModel', 'too-long'],
    [{ kind: 'status', status: 500 }, 'retry', 'upstream-error'],
    [{ kind: 'status', status: 503 }, 'retry', 'overloaded'],
    [{ kind: 'status', status: 503, retryable: false }, 'nextModel', 'overloaded'],
    [{ kind: 'status', status: 504 }, 'retry', 'timeout'],
    [{ kind: 'html' }, 'retry', 'overloaded'],
    [{ kind: 'error-in-200', status: 502 }, 'retry', 'overloaded'],
    [{ kind: 'error-in-200', status: 429 }, 'retry', 'rate-limited'],
    [{ kind: 'error-mid-stream' }, 'retry', 'overloaded'],
    [{ kind: 'cut' }, 'retry', 'connection'],
    [{ kind: 'reset' }, 'retry', 'connection'],
    [{ kind: 'no-finish' }, 'retry', 'connection'],
    [{ kind: 'garbage' }, 'retry', 'upstream-error'],
    [{ kind: 'empty' }, 'retry', 'empty-answer'],
    [{ kind: 'reasoning-only' }, 'retry', 'empty-answer'],
    [{ kind: 'truncated' }, 'nextModel', 'truncated'],
    [{ kind: 'refusal' }, 'nextModel', 'refused'],
    [{ kind: 'refusal', finishReason: 'refusal' }, 'nextModel', 'refused'],
    [{ kind: 'refusal', finishReason: 'stop' }, 'nextModel', 'refused'],
  ])('%j: %s, %s', async (fault, intent, code) => {
    const { failure } = await failureFrom(fault);
    expect(failure).toMatchObject({ intent, code });
    expect(failure.message).not.toMatch(/sk-test|<html|\n/);
    expect(simulator.calls()).toHaveLength(1);
  });

  test('with the delay that the server asks for', async () => {
    const limited = await failureFrom({ kind: 'rate-limit', retryAfterSeconds: 7 });
    expect(limited.failure).toMatchObject({ intent: 'retry', code: 'rate-limited', retryAfterMs: 7_000 });
    simulator.faults.clear();
    const busy = await failureFrom({ kind: 'busy-budget', retryAfterSeconds: 2 });
    expect(busy.failure).toMatchObject({ intent: 'retry', code: 'rate-limited', retryAfterMs: 2_000 });
  });

  test('when the connection is refused after the server has worked', async () => {
    const { callModel } = client();
    await callModel(request, never);
    await simulator.close();
    const { failure, usage } = await errorOf(callModel(request, never));
    expect(failure).toEqual({
      intent: 'retry',
      code: 'connection',
      message: 'the connection to the model server failed: ECONNREFUSED',
    });
    expect(usage?.generationId).toBeNull();
  });

  test('when the key is wrong, without the key in the message', async () => {
    const { failure } = await failureFrom(null, { apiKey: 'sk-test-wrong' });
    expect(failure).toMatchObject({ intent: 'failRun', code: 'key-rejected' });
    expect(failure.message).not.toContain('sk-test-wrong');
    expect(() => client({ apiKey: 'sk-test\nwrong' })).toThrow(
      /^the API key contains characters that are not allowed in a header$/,
    );
  });

  test('when the response exceeds the limit, and closes the connection', async () => {
    const { failure, usage } = await failureFrom(
      { kind: 'slow', tokensPerSecond: 50 },
      { maxAnswerBytes: 20 },
    );
    expect(failure).toMatchObject({ intent: 'nextModel', code: 'truncated' });
    expect(usage?.servedModel).toContain(MODEL);
    await expect.poll(() => simulator.calls()[0]?.status).toBe('aborted');
  });

  test('with the usage of a response that was billed', async () => {
    const { usage } = await failureFrom({ kind: 'truncated' });
    expect(usage).toMatchObject({
      generationId: simulator.calls()[0]?.id,
      figures: 'reported',
      simulated: true,
    });
    expect(usage?.cost).toBeGreaterThan(0);
    expect(usage?.completionTokens).toBeGreaterThan(0);
    simulator.faults.clear();
    const refused = await failureFrom({ kind: 'status', status: 500 });
    expect(refused.usage).toMatchObject({
      generationId: simulator.calls()[1]?.id,
      simulated: true,
      cost: null,
      figures: null,
    });
  });
});

describe('the timeout covers the whole call', () => {
  test.each<FaultRule['fault']>([
    { kind: 'hang' },
    { kind: 'hang', comments: true },
    { kind: 'hang', afterTokens: 5 },
    { kind: 'hang', afterTokens: 5, comments: true },
  ])('%j', async (fault) => {
    const { failure, usage } = await failureFrom(fault, { timeoutMs: 2_000 });
    expect(failure).toEqual({
      intent: 'retry',
      code: 'timeout',
      message: 'the model did not answer in time: 2 s in all (MODEL_TIMEOUT_SECONDS)',
    });
    expect(usage).toMatchObject({ promptTokens: expect.any(Number), cost: null, figures: 'estimated' });
    await expect.poll(() => simulator.calls()[0]?.status).toBe('aborted');
  });
});

describe('a response', () => {
  test('has its text, model, provider and usage', async () => {
    simulator.faults.add({ fault: { kind: 'text', text: 'Grüße: 😀\n' } });
    const [answer, call] = [await client().callModel(request, never), simulator.calls()[0]];
    expect(answer).toEqual({
      text: 'Grüße: 😀\n',
      servedModel: `simulated/${MODEL}`,
      provider: 'Simulated',
      generationId: call?.id,
      promptTokens: call?.usage?.prompt_tokens,
      completionTokens: call?.usage?.completion_tokens,
      reasoningTokens: call?.usage?.completion_tokens_details.reasoning_tokens,
      cachedTokens: call?.usage?.prompt_tokens_details.cached_tokens,
      cost: call?.usage?.cost,
      figures: 'reported',
      simulated: true,
    });
    expect(answer.cost).toBeGreaterThan(0);
  });

  test('comes from one streamed request for the model of the request', async () => {
    await client().callModel(request, never);
    expect(simulator.calls()).toHaveLength(1);
    const { body, headers } = simulator.calls()[0] ?? expect.fail();
    expect(body).toEqual({
      model: MODEL,
      messages: [
        { role: 'system', content: request.prompt.system },
        { role: 'user', content: request.prompt.user },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(headers.authorization).toBe('Bearer sk-test-right');
    expect(headers['x-openrouter-title']).toBe('Tests');
  });

  test('can be one of 50 concurrent ones', async () => {
    const { callModel } = client();
    const answers = await Promise.all(Array.from({ length: 50 }, () => callModel(request, never)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ generationId }) => generationId)).size).toBe(50);
    expect(getEventListeners(never, 'abort')).toEqual([]);
  });
});
