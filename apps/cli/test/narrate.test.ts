import type { JobEvent } from '@codegen/client';
import { expect, it, vi } from 'vitest';
import { narrate } from '../src/generate/narrate.ts';
import { delta, end, event, finished, started } from './told.ts';

function linesOf(...events: readonly JobEvent[]): string[] {
  const lines: string[] = [];
  const tell = narrate((line) => lines.push(line));
  for (const one of events) tell(one);
  return lines;
}

it('tells why a call is repeated, when, and with which model', () => {
  vi.useFakeTimers({ now: 1_000 });
  const retrying = { stage: 'answer', code: 'overloaded', why: 'the model is overloaded' } as const;
  const lines = linesOf(
    started('answer', 'a/b'),
    event('stage.retrying', { ...retrying, retryAt: 2_500 }),
    started('answer', 'c/d', 2),
    event('stage.retrying', { ...retrying, retryAt: 0 }),
    event('stage.completed', { stage: 'answer', servedModel: null, ...end, attempts: 2 }),
  );
  vi.useRealTimers();
  expect(lines).toEqual([
    '▸ answer  a/b',
    '↻ answer  the model is overloaded; again in 1.50 s',
    '↻ answer  attempt 2  c/d',
    '↻ answer  the model is overloaded',
    '✓ answer  c/d  1.23 s',
  ]);
});

it('tells once of a stage that was lost, also of one that is only in the job', () => {
  const lost = { code: 'refused', why: 'no', consequence: 'its draft went on' } as const;
  const lines = linesOf(
    started('polish', 'a/b'),
    event('stage.degraded', { stage: 'polish', servedModel: 'a/b-1', ...lost, ...end }),
    finished({
      degraded: [
        { stage: 'polish', ...lost },
        { stage: 'compare', ...lost },
      ],
    }),
  );
  expect(lines).toEqual([
    '▸ polish  a/b',
    '✗ polish  a/b-1  1.23 s  no',
    '! polish: no; its draft went on',
    '! compare: no; its draft went on',
    'completed in 2.00 s',
  ]);
});

it('tells of stages that needed no model, of the route and of the sum', () => {
  const unasked = { servedModel: null, ...end, attempts: 0 };
  const lines = linesOf(
    event('job.routed', { route: 'complex' }),
    event('stage.completed', { stage: 'compare', ...unasked }),
    event('stage.skipped', { stage: 'enhance.direct', ...unasked }),
    event('stage.cancelled', { stage: 'polish', servedModel: 'a/b', ...end }),
    delta('polish', 'text'),
    finished({ status: 'cancelled', cost: 0.000_123_4 }),
  );
  expect(lines).toEqual([
    '  route: complex',
    '- compare  completed, no model needed',
    '- enhance.direct  skipped, no model needed',
    '✗ polish  a/b  1.23 s',
    'cancelled in 2.00 s, $0.000123',
  ]);
});

it('lets nothing steer the terminal or pass for a line of its own', () => {
  expect(linesOf(started('a\u001b[2J', 'm\n✓ b'))).toEqual(['▸ a\\x1b[2J  m ✓ b']);
});

it('passes over what it does not know', () => {
  expect(linesOf({ type: 'stage.pondered' } as never)).toEqual([]);
});
