import { call, record } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { NO_OPTIONS } from '../../src/policy/options.ts';
import { hasEnded, type StageStatus } from '../../src/run/record.ts';
import { cancelOpenStages, type Run, statusOf } from '../../src/run/run.ts';

test('a run is queued until its first stage begins', () => {
  expect(statusOf({ outcome: null, stages: {} })).toBe('queued');
  expect(statusOf({ outcome: null, stages: { classify: record('classify', { status: 'running' }) } })).toBe(
    'running',
  );
});

test('the status of a finished run is that of its outcome, even without a stage', () => {
  expect(statusOf({ outcome: { status: 'cancelled' }, stages: {} })).toBe('cancelled');
});

test('a stage has ended unless it is running or retrying', () => {
  const ended = (status: StageStatus) => hasEnded(record('classify', { status }));
  expect(hasEnded(undefined)).toBe(false);
  expect((['running', 'retrying'] as const).some(ended)).toBe(false);
  expect((['completed', 'skipped', 'failed', 'cancelled'] as const).every(ended)).toBe(true);
});

describe('cancelOpenStages', () => {
  const done = record('classify', { endedAt: 3 });
  const open = record('answer', {
    status: 'running',
    endedAt: null,
    calls: [call('m', null, { startedAt: 4, durationMs: null })],
  });
  const run: Run = {
    id: 'r',
    conversation: [{ role: 'user', content: 'hi' }],
    files: [],
    options: NO_OPTIONS,
    seed: 1,
    createdAt: 0,
    route: 'simple',
    stages: { classify: done, answer: open },
    outcome: { status: 'cancelled' },
    finishedAt: 9,
  };

  test('cancels open stages and keeps ended ones', () => {
    expect(cancelOpenStages(run).stages).toMatchObject({
      classify: done,
      answer: { status: 'cancelled', endedAt: 9, calls: [{ durationMs: 5, failure: { code: 'aborted' } }] },
    });
  });

  test('returns a running run as it is', () => {
    const running = { ...run, outcome: null, finishedAt: null };
    expect(cancelOpenStages(running)).toBe(running);
  });
});
