import type { MinimalJob } from 'bullmq';
import { expect, test } from 'vitest';
import { createBackoffStrategy, MAX_FAULTS, RetryLater } from '../../src/flow/job.ts';

const NOW = 1_000_000;
const backoffStrategy = createBackoffStrategy(() => NOW);

const jobWith = (faults: number) =>
  ({ stacktrace: Array.from({ length: faults }, () => 'Error') }) as unknown as MinimalJob;

test('RetryLater delays the job until its time, and at least 10 ms', () => {
  const later = backoffStrategy(1, 'stage', new RetryLater(NOW + 5_000), jobWith(0));
  expect(later).toBe(5_000);
  expect(backoffStrategy(1, 'stage', new RetryLater(0), jobWith(0))).toBeGreaterThan(0);
});

test('unexpected errors are retried with growing delays and then fail the job, whatever the number of attempts', () => {
  const delays = Array.from({ length: MAX_FAULTS }, (_, faults) =>
    backoffStrategy(20, 'stage', new Error('unexpected'), jobWith(faults)),
  );
  expect(delays).toEqual([500, 1_000, -1]);
});

test('RetryLater has no stack trace and does not count as a fault', () => {
  expect(new RetryLater(0).stack).toBeUndefined();
});
