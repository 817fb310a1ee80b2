import type { JobEvent } from '@codegen/client';
import { delta, end, event, finished, started } from '@codegen/testing/api/job-events';
import { expect, it, vi } from 'vitest';
import { createProgressPrinter } from '../src/generate/progress-printer.ts';

function linesOf(...events: readonly JobEvent[]): string[] {
  const lines: string[] = [];
  const printProgress = createProgressPrinter({ printLine: (line) => lines.push(line), setStatus() {} });
  for (const one of events) printProgress(one);
  return lines;
}

it('prints why and when a call is retried, and with which model', () => {
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

it('prints each degraded stage once, also one that only the job lists', () => {
  const failure = { code: 'refused', why: 'no', consequence: 'its draft went on' } as const;
  const lines = linesOf(
    started('polish', 'a/b'),
    event('stage.degraded', { stage: 'polish', servedModel: 'a/b-1', ...failure, ...end }),
    finished({
      degraded: [
        { stage: 'polish', ...failure },
        { stage: 'compare', ...failure },
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

it('prints the stages that the caller left out in one line', () => {
  const skipped = {
    code: 'skipped-by-caller',
    why: 'accepted',
    consequence: 'the draft is the result',
  } as const;
  const lines = linesOf(
    finished({
      degraded: [
        { stage: 'compare', ...skipped },
        { stage: 'polish', ...skipped },
      ],
    }),
  );
  expect(lines).toEqual(['! accepted without compare, polish', 'completed in 2.00 s']);
});

it('prints stages that needed no model, the route and the summary', () => {
  const withoutCall = { servedModel: null, ...end, attempts: 0 };
  const lines = linesOf(
    event('job.routed', { route: 'complex' }),
    event('stage.completed', { stage: 'compare', ...withoutCall }),
    event('stage.skipped', { stage: 'enhance.direct', ...withoutCall }),
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

it('escapes control characters and line feeds', () => {
  expect(linesOf(started('a\u001b[2J', 'm\n✓ b'))).toEqual(['▸ a\\x1b[2J  m ✓ b']);
});

it('ignores unknown events', () => {
  expect(linesOf({ type: 'stage.pondered' } as never)).toEqual([]);
});

it('shows how many characters each running stage has written', () => {
  const statuses: string[] = [];
  const printProgress = createProgressPrinter({ printLine() {}, setStatus: (line) => statuses.push(line) });
  printProgress(event('job.routed', { route: 'complex' }));
  printProgress(started('a', 'm'));
  printProgress(delta('a', 'x'.repeat(1_200)));
  printProgress(delta('b\u009b', 'xy'));
  printProgress(started('a', 'm', 2));
  printProgress(delta('a', 'x'));
  printProgress(event('stage.completed', { stage: 'b\u009b', servedModel: null, ...end }));
  printProgress(event('stage.completed', { stage: 'a', servedModel: null, ...end }));
  printProgress(finished({}));
  const line = (counts: string) => `  characters: ${counts}`;
  expect(statuses).toEqual([
    '',
    line('a 1,200'),
    line('a 1,200, b\\x9b 2'),
    line('b\\x9b 2'),
    line('b\\x9b 2, a 1'),
    line('a 1'),
    '',
  ]);
});
