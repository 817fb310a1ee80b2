import { failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import type { Acquisition } from '../../src/policy/model-selection.ts';
import { nextCall } from '../../src/policy/model-selection.ts';
import { attemptOnce } from '../attempt-fixtures.ts';
import { unavailable } from '../fixtures.ts';

const FREE: Acquisition = { kind: 'call' };

/** Answers by model, and records the requested models. */
function gate(answers: Readonly<Record<string, Acquisition>>) {
  const wanted: string[] = [];
  const acquire = async (model: string) => {
    wanted.push(model);
    return answers[model] ?? FREE;
  };
  return { wanted, acquire };
}

describe('a model that is failing', () => {
  const policy = { tries: 3, baseDelayMs: 1_000, fallbackAfterMs: 10_000, longestWaitMs: 120_000 };
  const next = (failing: Record<string, number>, now = 0, startedAt = 0, models = ['main', 'spare']) => {
    const known = { cooldowns: new Map(), failing: unavailable(failing, 'timeout: too slow') };
    return nextCall({ calls: [], models, ...known, policy, now, jitter: 1, startedAt });
  };

  test('is not waited for while a fallback model is available', () => {
    expect(next({ main: 1 })).toEqual({ kind: 'call', model: 'spare', at: 0 });
  });

  test('is waited for if no other model is available', () => {
    expect(next({ main: 5_000 }, 0, 0, ['main'])).toEqual({ kind: 'call', model: 'main', at: 5_000 });
    expect(next({ main: 9_000, spare: 5_000 })).toEqual({ kind: 'call', model: 'spare', at: 5_000 });
  });

  test('does not keep a stage waiting forever', () => {
    expect(next({ main: 120_000 }, 90_000, 0, ['main'])).toMatchObject({ kind: 'call', at: 120_000 });
    expect(next({ main: 120_001 }, 90_000, 0, ['main'])).toMatchObject({
      kind: 'end',
      failure: {
        intent: 'giveUp',
        code: 'overloaded',
        message: 'every model of this role fails or is cooling down until 00:03 UTC (timeout: too slow)',
      },
    });
  });

  test('is called after its pause, however long the stage has waited', () => {
    expect(next({ main: 500_000 }, 500_000, 0, ['main'])).toEqual({
      kind: 'call',
      model: 'main',
      at: 500_000,
    });
  });
});

describe('permission for a call', () => {
  test('is granted', async () => {
    const { wanted, acquire } = gate({});
    expect((await attemptOnce('code', { acquire })).record.status).toBe('completed');
    expect(wanted).toEqual(['generator-main']);
  });

  test('goes to a fallback model while the breaker of the model is open', async () => {
    const { wanted, acquire } = gate({
      'generator-main': { kind: 'wait', until: 1_100, failing: true, cause: 'timeout: too slow' },
    });
    const { requests } = await attemptOnce('code', { acquire });
    expect(requests.map(({ model }) => model)).toEqual(['generator-spare']);
    expect(wanted).toEqual(['generator-main', 'generator-spare']);
  });

  test('waits if the model is available within fallbackAfterMs', async () => {
    const { acquire } = gate({
      'generator-main': { kind: 'wait', until: 1_900, failing: false, cause: 'rate-limited: slow down' },
    });
    const { record, requests } = await attemptOnce('unused', { acquire });
    expect(record).toMatchObject({ status: 'retrying', retryAt: 1_900, calls: [] });
    expect(requests).toEqual([]);
  });

  test('goes to a fallback model if the wait exceeds fallbackAfterMs', async () => {
    const { acquire } = gate({
      'generator-main': { kind: 'wait', until: 2_100, failing: false, cause: 'rate-limited: slow down' },
    });
    expect((await attemptOnce('code', { acquire })).requests).toMatchObject([{ model: 'generator-spare' }]);
  });

  test('fails the stage if no model is available within longestWaitMs', async () => {
    const hold: Acquisition = {
      kind: 'wait',
      until: 99_999,
      failing: false,
      cause: 'rate-limited: slow down',
    };
    const { wanted, acquire } = gate({ 'generator-main': hold, 'generator-spare': hold });
    expect((await attemptOnce('unused', { acquire })).record).toMatchObject({
      status: 'failed',
      failure: { code: 'rate-limited', message: expect.stringContaining('(rate-limited: slow down)') },
      calls: [],
    });
    expect(wanted).toHaveLength(2);
  });

  test('is requested once if the wait is over already', async () => {
    const { wanted, acquire } = gate({
      'generator-main': { kind: 'wait', until: 0, failing: false, cause: 'rate-limited: slow down' },
    });
    expect((await attemptOnce('unused', { acquire })).record).toMatchObject({
      status: 'retrying',
      retryAt: 1_001,
    });
    expect(wanted).toEqual(['generator-main']);
  });

  test('is denied with a failure that applies to all models', async () => {
    const rejected = failure({ intent: 'failRun', code: 'key-rejected' });
    const { acquire } = gate({ 'generator-main': { kind: 'fail', failure: rejected } });
    const { record, requests } = await attemptOnce('unused', { acquire });
    expect(record).toMatchObject({ status: 'failed', failure: rejected, calls: [] });
    expect(requests).toEqual([]);
  });

  test('is not requested for a model in cooldown', async () => {
    const { wanted, acquire } = gate({});
    await attemptOnce('unused', { acquire, cooldowns: unavailable({ 'generator-main': 1_500 }) });
    expect(wanted).toEqual([]);
  });
});
