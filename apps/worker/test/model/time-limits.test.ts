import type { ServerResponse } from 'node:http';
import { event, stop, text } from '@codegen/testing/network/chat-stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serve } from './stream-server.ts';

const LIMITS = { firstTokenMs: 120_000, idleMs: 60_000, timeoutMs: 600_000 };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const late = (detail: string) => ({
  intent: 'retry',
  code: 'timeout',
  message: `the model did not answer in time: ${detail}`,
});

/** Starts a call. The server sends what `write` is given; each write resolves when the client has read it. */
async function startCall(first = '') {
  const started = Promise.withResolvers<ServerResponse>();
  const { failure, callModel } = await serve((response) => {
    response.flushHeaders();
    if (first !== '') response.write(first);
    started.resolve(response);
  }, LIMITS);
  return { failure, callModel, started: started.promise };
}

/** Waits until the client has read all that the server wrote: the last text of it reaches the client. */
const marker = (n: number) => text(`<${n}>`);

test('a call without a first token fails and names the setting', async () => {
  const { failure, started } = await startCall();
  let outcome: unknown = null;
  const failing = failure().then((value) => {
    outcome = value;
  });
  await started;
  await vi.advanceTimersByTimeAsync(119_000);
  expect(outcome).toBeNull();
  await vi.advanceTimersByTimeAsync(1_000);
  await failing;
  expect(outcome).toEqual(late('no text within 120 s (MODEL_FIRST_TOKEN_SECONDS)'));
});

test('comments, usage and empty chunks are no progress', async () => {
  const { failure, started } = await startCall(marker(0));
  const seen = Promise.withResolvers<void>();
  let outcome: unknown = null;
  const failing = failure(() => seen.resolve()).then((value) => {
    outcome = value;
  });
  const response = await started;
  await seen.promise;
  for (let minute = 0; minute < 5; minute++) {
    response.write(
      `: PROCESSING\n\n${event({ choices: [{ delta: { content: '' } }], usage: { prompt_tokens: 1 } })}`,
    );
    await vi.advanceTimersByTimeAsync(11_000);
  }
  expect(outcome).toBeNull();
  await vi.advanceTimersByTimeAsync(5_000);
  await failing;
  expect(outcome).toEqual(late('no further text for 60 s (MODEL_IDLE_SECONDS)'));
});

test.each([
  ['text', (n: number) => text(`<${n}>`)],
  ['reasoning', (n: number) => event({ choices: [{ delta: { reasoning_content: 'Hm.' } }] }) + marker(n)],
])('a slow trickle of %s lasts until the total limit', async (_, chunk) => {
  const { failure, started } = await startCall(marker(-1));
  let received = '';
  let outcome: unknown = null;
  const failing = failure((piece) => {
    received += piece;
  }).then((value) => {
    outcome = value;
  });
  const response = await started;
  for (let n = 0; n < 10; n++) {
    response.write(chunk(n));
    while (!received.includes(`<${n}>`)) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(outcome).toBeNull();
  }
  response.write(chunk(10));
  while (!received.includes('<10>')) await new Promise(setImmediate);
  await vi.advanceTimersByTimeAsync(10_000);
  await failing;
  expect(outcome).toEqual({ ...late('600 s in all (MODEL_TIMEOUT_SECONDS)'), modelWorked: true });
});

/** Lets seconds pass, and what has arrived be read, until the call has ended. */
async function passTime<T>(call: Promise<T>): Promise<T> {
  let isOver = false;
  void call.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  return call;
}

test('reasoning counts as the first token', async () => {
  const { failure, started } = await startCall(event({ choices: [{ delta: { reasoning: 'Hm.' } }] }));
  const failing = failure();
  await started;
  expect(await passTime(failing)).toEqual(late('no further text for 60 s (MODEL_IDLE_SECONDS)'));
});

test('text that is whole is returned when the server stays silent after it', async () => {
  const { callModel, started } = await startCall(text('Hi.') + stop);
  const call = callModel();
  await started;
  expect((await passTime(call)).text).toBe('Hi.');
});
