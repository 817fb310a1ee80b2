import { call, failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { cancelStage, requeueStage } from '../../src/run/record.ts';
import { retried } from '../attempt-fixtures.ts';

const running = retried(call('m', failure()), call('m', null, { startedAt: 4, durationMs: null }));

test('cancelStage ends the stage', () => {
  expect(cancelStage(running, 9)).toMatchObject({ status: 'cancelled', endedAt: 9, retryAt: null });
});

test('requeueStage makes the stage due at once', () => {
  expect(requeueStage(running, 9)).toMatchObject({ status: 'retrying', endedAt: null, retryAt: 9 });
});

describe.each([
  ['cancelStage', cancelStage],
  ['requeueStage', requeueStage],
])('%s', (_, interrupt) => {
  test('ends the open call as aborted and keeps the other calls', () => {
    expect(interrupt(running, 9).calls).toMatchObject([
      call('m', failure()),
      { durationMs: 5, failure: { code: 'aborted' } },
    ]);
  });

  test('gives no call a negative duration when the clock of its worker is ahead', () => {
    expect(interrupt(running, 1).calls[1]?.durationMs).toBe(0);
  });
});
