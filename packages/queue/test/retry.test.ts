import type { MinimalJob } from 'bullmq';
import { expect, test } from 'vitest';
import { backoffStrategy, MOST_FAULTS, RetryLater } from '../src/flow/retry.ts';

const jobWith = (faults: number) =>
  ({ stacktrace: Array.from({ length: faults }, () => 'Error') }) as unknown as MinimalJob;

test('a stage that goes on later waits until its time, and never less than a moment', () => {
  const later = backoffStrategy(1, 'stage', new RetryLater(Date.now() + 5_000), jobWith(0));
  expect(later).toBeGreaterThan(4_900);
  expect(later).toBeLessThanOrEqual(5_000);
  expect(backoffStrategy(1, 'stage', new RetryLater(0), jobWith(0))).toBeGreaterThan(0);
});

test('unexpected errors are retried ever later, and then fail the job, however often it waited before', () => {
  const delays = Array.from({ length: MOST_FAULTS }, (_, faults) =>
    backoffStrategy(20, 'stage', new Error('unexpected'), jobWith(faults)),
  );
  expect(delays).toEqual([500, 1_000, -1]);
});

test('waiting leaves no stack trace, by which faults are counted', () => {
  expect(new RetryLater(0).stack).toBeUndefined();
});
