import { call, codeOutput, failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { attemptOnce, fallbackOutput, paid, retried } from '../attempt-fixtures.ts';
import { stageNamed, unavailable } from '../fixtures.ts';

describe('a stage that needs no model', () => {
  test('is skipped if there is nothing to do', async () => {
    const { record, requests } = await attemptOnce('unused', {
      stage: stageNamed('draft', { withoutModel: () => 'skip' }),
    });
    expect(record).toMatchObject({
      status: 'skipped',
      output: null,
      failure: null,
      calls: [],
      endedAt: 1_000,
    });
    expect(requests).toEqual([]);
  });

  test('completes with the output that it decides', async () => {
    const { record, requests } = await attemptOnce('unused', {
      stage: stageNamed('draft', { withoutModel: () => fallbackOutput }),
    });
    expect(record).toMatchObject({ status: 'completed', output: fallbackOutput, calls: [] });
    expect(requests).toEqual([]);
  });

  test('calls a model if it does not decide', async () => {
    const { requests } = await attemptOnce('code', {
      stage: stageNamed('draft', { withoutModel: () => undefined }),
    });
    expect(requests).toHaveLength(1);
  });
});

describe('an attempt', () => {
  test('calls the main model with the prompt of its stage', async () => {
    const { requests, record } = await attemptOnce('code');
    expect(requests).toMatchObject([
      {
        run: 'r',
        stage: { name: 'draft' },
        model: 'generator-main',
        attempt: 1,
        prompt: { system: 'draft' },
      },
    ]);
    expect(record).toMatchObject({
      status: 'completed',
      output: codeOutput('code'),
      failure: null,
      endedAt: 1_000,
    });
    expect(record.calls).toEqual([call('generator-main', null, { ...paid, startedAt: 1_000 })]);
  });

  test('reports the open call before it begins', async () => {
    const { started } = await attemptOnce('code', { previous: retried(call('generator-main', failure())) });
    expect(started).toMatchObject([
      { status: 'running', retryAt: null, calls: [{}, { durationMs: null, failure: null }] },
    ]);
  });

  test('before the time of the retry makes no call', async () => {
    const previous = { ...retried(call('generator-main', failure(), { startedAt: 950 })), retryAt: 1_050 };
    const { record, requests } = await attemptOnce('unused', { previous });
    expect(record).toMatchObject({ status: 'retrying', retryAt: 1_050, calls: previous.calls });
    expect(requests).toEqual([]);
  });

  test('at the time of the retry is not delayed by another random draw', async () => {
    const previous = { ...retried(call('generator-main', failure(), { startedAt: 930 })), retryAt: 1_000 };
    expect((await attemptOnce('code', { previous, random: 1 })).requests).toHaveLength(1);
  });

  test('waits for the cooldown of a model', async () => {
    const cooldowns = unavailable({ 'generator-main': 1_500 });
    expect((await attemptOnce('unused', { cooldowns })).record).toMatchObject({
      status: 'retrying',
      retryAt: 1_500,
      calls: [],
    });
  });

  test('fails without a call if all models cool down for too long', async () => {
    const cooldowns = unavailable({ 'generator-main': 99_999, 'generator-spare': 99_999 });
    const { record, requests } = await attemptOnce('unused', { cooldowns });
    expect(record).toMatchObject({ status: 'failed', failure: { code: 'rate-limited' }, calls: [] });
    expect(requests).toEqual([]);
  });

  test('records an open call of an earlier worker as worker-lost', async () => {
    const open = call('generator-main', null, { durationMs: null });
    const { record, requests } = await attemptOnce('code', {
      previous: { ...retried(open), status: 'running' },
    });
    expect(requests[0]).toMatchObject({ model: 'generator-main', attempt: 2 });
    expect(record.calls).toMatchObject([
      { durationMs: null, failure: { code: 'worker-lost' } },
      { durationMs: 0, failure: null },
    ]);
  });
});
