import { call, failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { StageError } from '../../src/run/failure.ts';
import { attemptOnce, fallbackOutput, retried } from '../attempt-fixtures.ts';
import { stageNamed, unavailable } from '../fixtures.ts';

const stage = stageNamed('draft', { fallbackOutput: () => fallbackOutput });
const refused = (code: string) => ({
  status: 'failed',
  failure: { intent: 'giveUp', code },
  output: fallbackOutput,
  endedAt: 1_000,
  retryAt: null,
});

describe('a run that is near its deadline', () => {
  test('makes no call', async () => {
    const { record, requests } = await attemptOnce('unused', { stage, options: { deadlineAt: 1_499 } });
    expect(record).toMatchObject({ ...refused('deadline'), calls: [] });
    expect(requests).toEqual([]);
  });

  test('makes a call while some is left', async () => {
    expect((await attemptOnce('code', { stage, options: { deadlineAt: 1_500 } })).requests).toHaveLength(1);
  });

  test('ends a stage that needs no model', async () => {
    const own = stageNamed('draft', { withoutModel: () => fallbackOutput });
    const { record } = await attemptOnce('unused', { stage: own, options: { deadlineAt: 1 } });
    expect(record).toMatchObject({ status: 'completed', output: fallbackOutput });
  });

  test('does not wait for a retry or a cooldown beyond the deadline', async () => {
    const options = { deadlineAt: 2_000 };
    const error = new StageError(failure({ retryAfterMs: 501 }));
    const previous = retried(call('generator-spare', failure({ intent: 'nextModel' })));
    const { record } = await attemptOnce(error, { stage, previous, options });
    expect(record).toMatchObject({
      status: 'failed',
      failure: { code: 'overloaded' },
      output: fallbackOutput,
    });
    expect(record.failure?.message).toMatch(/too late for the deadline$/);
    const cooldowns = unavailable({ 'generator-main': 1_501, 'generator-spare': 1_501 });
    const cooling = await attemptOnce('unused', { stage, cooldowns, options });
    expect(cooling.record).toMatchObject({ status: 'failed', failure: { code: 'rate-limited' } });
  });

  test('calls a fallback model that is available in time', async () => {
    const cooldowns = unavailable({ 'generator-main': 1_600 });
    const { requests } = await attemptOnce('code', { stage, cooldowns, options: { deadlineAt: 2_000 } });
    expect(requests).toMatchObject([{ model: 'generator-spare' }]);
  });
});

describe('a run with a budget', () => {
  test.each([
    ['is used up', { spent: 0.5 }],
    ['is exceeded', { spent: 0.6 }],
  ])('makes no call when it %s', async (_, means) => {
    const { record, requests } = await attemptOnce('unused', {
      stage,
      options: { maxCostUsd: 0.5 },
      ...means,
    });
    expect(record).toMatchObject({ ...refused('budget'), calls: [] });
    expect(requests).toEqual([]);
  });

  test.each([
    ['some of it is left', { spent: 0.49 }],
    ['nothing is known of what was spent', { spent: null }],
  ])('makes one while %s', async (_, means) => {
    expect((await attemptOnce('code', { options: { maxCostUsd: 0.5 }, ...means })).requests).toHaveLength(1);
  });

  test('does not exceed it with a retry', async () => {
    const previous = retried(call('generator-main', failure({ intent: 'nextModel' }), { cost: 0.5 }));
    const { record } = await attemptOnce('unused', {
      stage,
      previous,
      options: { maxCostUsd: 0.5 },
      spent: 0.5,
    });
    expect(record).toMatchObject({ ...refused('budget'), calls: previous.calls });
  });
});

test('the models of a run replace the configured models of a role', async () => {
  const options = { models: { generator: ['own'], reviewer: ['other'] } };
  expect((await attemptOnce('code', { options })).requests).toMatchObject([{ model: 'own' }]);
  const reviewer = stageNamed('draft', { role: 'interpreter' });
  expect((await attemptOnce('code', { options, stage: reviewer })).requests).toMatchObject([
    { model: 'interpreter-main' },
  ]);
});
