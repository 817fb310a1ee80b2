import { describe, expect, test } from 'vitest';
import { lostStage } from '../../src/policy/attempt.ts';
import { interruptStage } from '../../src/run/interruption.ts';
import type { StageRecord } from '../../src/run/record.ts';
import { fallbackOutput, retried } from '../attempt-fixtures.ts';
import { call, context, failure, stageNamed } from '../fixtures.ts';

describe('a lost stage', () => {
  const stage = stageNamed('draft', { fallbackOutput: () => fallbackOutput });
  const lost = (previous?: StageRecord) => lostStage({ run: 'r', stage, context: context(), previous }, 9);

  test('has failed, with what stands in for it', () => {
    expect(lost()).toMatchObject({
      status: 'failed',
      startedAt: 9,
      endedAt: 9,
      output: fallbackOutput,
      calls: [],
    });
    expect(lost().failure).toMatchObject({ intent: 'retry', code: 'worker-lost' });
  });

  test('keeps its calls, the open one as lost', () => {
    const closed = call('m', failure(), { cost: 1 });
    const { calls, startedAt } = lost(retried(closed, call('m', null, { durationMs: null })));
    expect(calls).toMatchObject([closed, { failure: { code: 'worker-lost' } }]);
    expect(startedAt).toBe(0);
  });
});

describe('an interrupted stage', () => {
  const running = retried(call('m', failure()), call('m', null, { startedAt: 4, durationMs: null }));

  test('is over if it is cancelled', () => {
    expect(interruptStage(running, 'cancelled', 9)).toMatchObject({
      status: 'cancelled',
      endedAt: 9,
      retryAt: null,
    });
  });

  test('is ready at once if another worker is to take it', () => {
    expect(interruptStage(running, 'retrying', 9)).toMatchObject({
      status: 'retrying',
      endedAt: null,
      retryAt: 9,
    });
  });

  test('closes its open call and no other', () => {
    expect(interruptStage(running, 'cancelled', 9).calls).toMatchObject([
      call('m', failure()),
      { durationMs: 5, failure: { code: 'aborted' } },
    ]);
    // Its worker's clock may be ahead of the one that tells the time of the interruption.
    expect(interruptStage(running, 'cancelled', 1).calls[1]?.durationMs).toBe(0);
  });
});
