import { StageError } from '@codegen/pipeline';
import { QUIRK_GROUPS, type Quirk, type Simulator, startSimulator } from '@codegen/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelClient } from '../../src/model/client.ts';
import { clientOf, request } from './simulator-client.ts';
import { serve } from './stream-server.ts';

const ANSWER = '```python\nprint("a😀b", 1 + 1)\n```';
const KEY = 'sk-test-right';
const HOUR = 3_600_000;
const never = new AbortController().signal;

let simulator: Simulator;
let client: ModelClient;
beforeAll(async () => {
  simulator = await startSimulator();
  client = clientOf(simulator, { apiKey: KEY });
  // A server that has answered once is at the right address.
  await client.callModel(request, never);
});
afterAll(async () => {
  await client.close();
  await simulator.close();
});

async function outcomeOf({ name }: Quirk) {
  simulator.faults.clear();
  simulator.faults.add({ fault: { kind: 'quirk', name, text: ANSWER } });
  let received = '';
  const onText = (text: string) => {
    received += text;
  };
  const outcome: unknown = await client.callModel({ ...request, onText }, never).catch((reason) => reason);
  if (outcome instanceof StageError) return { received, failure: outcome.failure };
  if (outcome instanceof Error) throw outcome;
  return { received, response: outcome };
}

describe.each(QUIRK_GROUPS.map(({ title, quirks }) => [title, quirks] as const))('%s', (_, quirks) => {
  test.each(quirks.map((quirk) => [quirk.sends, quirk.means, quirk] as const))(
    '%s: %s',
    async (_, __, quirk) => {
      const { response, failure, received } = await outcomeOf(quirk);
      if (quirk.means === 'answer') {
        expect(response).toMatchObject({ text: ANSWER });
        expect(received).toBe(ANSWER);
        if (quirk.hasUsage) expect(response).toMatchObject({ promptTokens: 7, completionTokens: 2 });
        return;
      }
      expect(failure?.code).toBe(quirk.means);
      expect(failure?.message.replace(/ +/g, ' ')).toContain(quirk.reason ?? '');
      expect(failure?.message).not.toMatch(/[\p{C}<>{}]/u);
      expect(failure?.message.length).toBeLessThan(260);
      if (quirk.waitMs === undefined) return;
      const { retryAfterMs = null, isDailyLimit = false } = failure ?? {};
      // A wait until a time becomes shorter by what the call takes, and by less than a second of rounding.
      if (quirk.waitMs === HOUR / 2) {
        expect(retryAfterMs).toBeGreaterThan(0.4 * HOUR);
        expect(retryAfterMs).toBeLessThan(0.5 * HOUR + 1_000);
      } else expect(retryAfterMs).toBe(quirk.waitMs);
      expect(isDailyLimit).toBe((quirk.waitMs ?? 0) > HOUR);
    },
  );
});

test('a text without a finish reason shows that the model works, a response without text does not', async () => {
  const worked = async (name: string) => (await outcomeOf({ name } as Quirk)).failure?.modelWorked;
  expect(await worked('no-reason')).toBe(true);
  expect(await worked('no-body')).toBeUndefined();
  expect(await worked('error-after-text')).toBeUndefined();
});

test('a stream that repeats its text in each chunk is read once', async () => {
  const chunk = (content: string, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason }] })}\n\n`;
  const { callModel } = await serve((response) => {
    const starts = [1, 2, 9, 20, ANSWER.length].map((length) => chunk(ANSWER.slice(0, length)));
    response.end(`${starts.join('')}${chunk(ANSWER, 'stop')}`);
  });
  expect(await callModel()).toMatchObject({ text: ANSWER });
});

test('chunks that begin alike are no repetition', async () => {
  const { callModel } = await serve((response) => {
    const chunks = ['a', 'a', 'ab', 'abc', 'c'].map(
      (content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
    );
    response.end(`${chunks.join('')}data: {"choices":[{"finish_reason":"stop"}]}\n\n`);
  });
  expect(await callModel()).toMatchObject({ text: 'aaababcc' });
});

test('OpenRouter decides whether an error passes', async () => {
  const intents: Record<string, string | undefined> = {};
  for (const name of ['503-loading', '503-not-retryable', '402-max-tokens', '400-retryable']) {
    const { failure } = await outcomeOf({ name } as Quirk);
    intents[name] = failure?.intent;
  }
  expect(intents).toEqual({
    '503-loading': 'retry',
    '503-not-retryable': 'nextModel',
    '402-max-tokens': 'nextModel',
    '400-retryable': 'retry',
  });
});

test('the reason of a server is quoted without the key', async () => {
  let calls = 0;
  const { callModel, failure } = await serve(
    (response) => {
      if (++calls > 1) response.writeHead(400).end(`{"error":{"message":"no such field ${KEY}"}}`);
      else response.end('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n');
    },
    { apiKey: KEY },
  );
  await callModel();
  const { message } = await failure();
  expect(message).toContain('no such field');
  expect(message).not.toContain(KEY);
});
