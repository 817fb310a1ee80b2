import { text } from '@codegen/testing/network/chat-stream';
import { expect, test, vi } from 'vitest';
import { serve } from './stream-server.ts';

test('waits for a silent server until the timeout, before and within the response', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const options = { timeoutMs: 3_600_000 };
  const [before, within] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const mute = await serve(() => before.resolve(), options);
  const stuck = await serve((response) => response.write(text('Hi.')), options);
  const failures: unknown[] = [];
  const calls = [mute.failure(), stuck.failure(() => within.resolve())].map(async (failing) => {
    failures.push(await failing);
  });
  await Promise.all([before.promise, within.promise]);
  await vi.advanceTimersByTimeAsync(3_599_000);
  expect(failures).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(calls);
  const late = { intent: 'retry', code: 'timeout', message: 'the model did not answer in time: 3600 s' };
  expect(failures).toEqual([late, late]);
});
