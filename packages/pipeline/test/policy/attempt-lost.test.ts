import { call, failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { lostStage } from '../../src/policy/attempt.ts';
import type { StageRecord } from '../../src/run/record.ts';
import { fallbackOutput, retried } from '../attempt-fixtures.ts';
import { context, stageNamed } from '../fixtures.ts';

describe('lostStage', () => {
  const stage = stageNamed('draft', { fallbackOutput: () => fallbackOutput });
  const lost = (previous?: StageRecord) => lostStage({ run: 'r', stage, context: context(), previous }, 9);

  test('fails the stage with its fallback output', () => {
    expect(lost()).toMatchObject({
      status: 'failed',
      startedAt: 9,
      endedAt: 9,
      output: fallbackOutput,
      calls: [],
    });
    expect(lost().failure).toMatchObject({ intent: 'retry', code: 'worker-lost' });
  });

  test('keeps the calls and fails the open one', () => {
    const closed = call('m', failure(), { cost: 1 });
    const { calls, startedAt } = lost(retried(closed, call('m', null, { durationMs: null })));
    expect(calls).toMatchObject([closed, { failure: { code: 'worker-lost' } }]);
    expect(startedAt).toBe(0);
  });

  test.each([
    ['skips a stage that has nothing to do', 'skip', { status: 'skipped', output: null }],
    [
      'completes a stage that needs no model',
      fallbackOutput,
      { status: 'completed', output: fallbackOutput },
    ],
  ] as const)('%s', (_, decided, expected) => {
    const decidable = stageNamed('draft', { withoutModel: () => decided });
    const record = lostStage({ run: 'r', stage: decidable, context: context(), previous: undefined }, 9);
    expect(record).toMatchObject({ ...expected, failure: null, endedAt: 9 });
  });
});
