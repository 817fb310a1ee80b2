import { call, failure } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { StageError } from '../../src/run/failure.ts';
import { attemptOnce, fallbackOutput, paid, retried } from '../attempt-fixtures.ts';
import { stageNamed } from '../fixtures.ts';

describe('a failed call', () => {
  test('is retried later while its model has tries left', async () => {
    const error = new StageError(failure({ retryAfterMs: 300 }));
    const { record } = await attemptOnce(error);
    expect(record).toMatchObject({
      status: 'retrying',
      retryAt: 1_300,
      endedAt: null,
      output: null,
      failure: null,
    });
    expect(record.calls).toEqual([call('generator-main', error.failure, { startedAt: 1_000 })]);
  });

  test('is not reported as a fault', async () => {
    expect((await attemptOnce(new StageError(failure()))).faults).toEqual([]);
  });

  test('keeps its cost', async () => {
    const { record } = await attemptOnce(new StageError(failure(), { usage: paid }));
    expect(record.calls).toEqual([call('generator-main', failure(), { ...paid, startedAt: 1_000 })]);
  });

  test('is retried at once with a fallback model if its model cannot serve', async () => {
    const refused = await attemptOnce(new StageError(failure({ intent: 'nextModel' })));
    expect(refused.record).toMatchObject({ status: 'retrying', retryAt: 1_000 });
    const { requests, record } = await attemptOnce('code', { previous: refused.record });
    expect(requests[0]).toMatchObject({ model: 'generator-spare', attempt: 2 });
    expect(record.calls.map(({ model }) => model)).toEqual(['generator-main', 'generator-spare']);
  });

  test.each(['giveUp', 'failRun'] as const)('fails the stage at once if it is one to %s', async (intent) => {
    const given = failure({ intent, code: 'too-long' });
    const { record } = await attemptOnce(new StageError(given), {
      stage: stageNamed('draft', { fallbackOutput: () => fallbackOutput }),
    });
    expect(record).toMatchObject({
      status: 'failed',
      failure: given,
      output: fallbackOutput,
      endedAt: 1_000,
      retryAt: null,
    });
    expect(record.calls).toHaveLength(1);
  });

  test('fails the stage when no model is left', async () => {
    const previous = retried(call('generator-main', failure({ intent: 'nextModel' })));
    const last = failure({ intent: 'nextModel', code: 'refused' });
    const { record } = await attemptOnce(new StageError(last), { previous });
    expect(record).toMatchObject({ status: 'failed', failure: last, output: null });
    expect(record.calls).toHaveLength(2);
  });

  test.each([
    ['an error of no known kind', new TypeError('fetch failed'), new TypeError('fetch failed')],
    ['something that is no error', async () => Promise.reject('odd'), 'odd'],
  ])('is retried after %s, whose message goes to the log and not to the record', async (_, reply, fault) => {
    const { record, faults } = await attemptOnce(reply);
    expect(record.status).toBe('retrying');
    expect(faults).toEqual([fault]);
    const message = 'an unexpected error stopped the call';
    expect(record.calls[0]?.failure).toEqual({ intent: 'retry', code: 'internal', message });
  });
});

describe('an answer that cannot be used', () => {
  const picky = stageNamed('draft', {
    read: () => {
      throw new StageError({ intent: 'nextModel', code: 'unreadable-answer', message: 'no code' });
    },
  });

  test('is recorded with its failure, its model and its cost', async () => {
    const { record } = await attemptOnce('sorry', { stage: picky });
    expect(record.status).toBe('retrying');
    expect(record.calls).toMatchObject([{ ...paid, failure: { code: 'unreadable-answer' } }]);
  });

  test('leaves none of its text in the record', async () => {
    const { record } = await attemptOnce('sorry', { stage: picky });
    expect(JSON.stringify(record)).not.toContain('sorry');
  });
});
