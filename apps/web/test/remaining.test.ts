import type { JobStage } from '@codegen/contract';
import { expect, test } from 'vitest';
import type { StageView } from '../src/state/job-view.ts';
import { remainingOf } from '../src/state/remaining.ts';
import type { StageState } from '../src/state/stages.ts';

const NOW = Date.parse('2026-11-30T10:00:10Z');
/** Ten seconds before now. */
const STARTED = '2026-11-30T10:00:00Z';

const known = (low: number, high: number) => ({ durationMs: { low, high }, cost: { low: 0.1, high: 0.2 } });

function viewWith(states: Readonly<Record<string, StageState>>) {
  const stages = Object.entries(states).map(([name, state]): [string, StageView] => [
    name,
    { name, state, stage: { startedAt: state === 'waiting' ? null : STARTED } as JobStage } as StageView,
  ]);
  return { stages: new Map(stages), isFinished: false };
}

const ESTIMATES = {
  'enhance.direct': known(12_000, 15_000),
  'enhance.interpreted': known(20_000, 30_000),
  compare: known(1_000, 2_000),
  polish: known(3_000, 4_000),
};
const running = viewWith({
  classify: 'done',
  'enhance.direct': 'running',
  'enhance.interpreted': 'running',
  compare: 'waiting',
  polish: 'waiting',
});

test('the remaining time is that of the longest path, without the time that has passed', () => {
  expect(remainingOf(running, ESTIMATES, NOW)).toEqual({
    seconds: { low: 14, high: 26 },
    cost: { low: expect.closeTo(0.4), high: expect.closeTo(0.8) },
  });
});

test('nothing is said of what is left without recent calls of a stage, or while one retries', () => {
  const { compare: _, ...others } = ESTIMATES;
  expect(remainingOf(running, others, NOW)).toBeNull();
  expect(remainingOf(running, null, NOW)).toBeNull();
  expect(remainingOf(viewWith({ polish: 'retrying' }), ESTIMATES, NOW)).toBeNull();
});

test('nothing is said of a stage that takes longer than it ever did', () => {
  expect(remainingOf(viewWith({ polish: 'running' }), ESTIMATES, NOW)).toBeNull();
});

test('a stage that runs test cases has no time of its own', () => {
  const view = viewWith({ verify: 'waiting', compare: 'waiting' });
  expect(remainingOf(view, ESTIMATES, NOW)?.seconds).toEqual({ low: 1, high: 2 });
});
