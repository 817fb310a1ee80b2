import {
  asks,
  classified,
  codeOutput,
  failedRecord,
  failure,
  interpreted,
  running,
  skipped,
  wrote,
} from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { decideAfter, directBranch, interpretedBranch, nothing } from '../run-fixtures.ts';

describe('a run fails', () => {
  const fatal = failure({ intent: 'failRun', code: 'no-credit', message: 'pay first' });

  test.each([
    ['classify', null, []],
    ['answer', 'simple', [classified('simple')]],
    ['clarify', 'ambiguous', [classified('ambiguous')]],
    ['generate.direct', 'complex', [classified('complex'), running('interpret')]],
    ['interpret', 'complex', [classified('complex'), running('generate.direct')]],
    ['generate.interpreted', 'complex', [classified('complex'), interpreted]],
    ['enhance.direct', 'complex', [classified('complex'), wrote('generate.direct')]],
    ['enhance.interpreted', 'complex', [classified('complex'), interpreted, wrote('generate.interpreted')]],
    ['compare', 'complex', [classified('complex'), ...directBranch, ...interpretedBranch]],
    ['polish', 'complex', [classified('complex'), ...directBranch, ...interpretedBranch, wrote('compare')]],
  ] as const)('at once if the failure of %s fails every run', (stage, route, before) => {
    const fallbackOutput = stage === 'classify' ? classified('complex').output : codeOutput('fallback');
    expect(
      decideAfter(route, ...before, failedRecord(stage, { failure: fatal, output: fallbackOutput })),
    ).toEqual({
      kind: 'finish',
      outcome: { status: 'failed', stage, code: 'no-credit', detail: 'pay first', degraded: [] },
    });
  });

  test('even if another stage has a question', () => {
    const broken = failedRecord('generate.direct', { failure: fatal });
    expect(decideAfter('complex', classified('complex'), asks('interpret'), broken)).toMatchObject({
      outcome: { status: 'failed', stage: 'generate.direct' },
    });
  });

  test('if the simple route fails', () => {
    expect(decideAfter('simple', classified('simple'), failedRecord('answer'))).toEqual({
      kind: 'finish',
      outcome: {
        status: 'failed',
        stage: 'answer',
        code: 'overloaded',
        detail: 'answer is down',
        degraded: [],
      },
    });
  });

  test('if the simple route fails after another route, with the failures of both', () => {
    const records = [
      classified('complex'),
      ...nothing,
      failedRecord('answer', { endedAt: 5, failure: failure({ code: 'timeout' }) }),
    ];
    expect(decideAfter('simple', ...records)).toMatchObject({
      outcome: {
        status: 'failed',
        stage: 'answer',
        code: 'timeout',
        degraded: [
          { stage: 'generate.direct' },
          { stage: 'interpret' },
          { stage: 'polish', code: 'overloaded', why: 'interpret is down' },
        ],
      },
    });
  });

  test('if the entry stage ends without a route', () => {
    expect(decideAfter(null, skipped('classify'))).toMatchObject({
      outcome: { status: 'failed', stage: 'classify', code: 'internal' },
    });
  });
});

describe('a run whose deadline or budget is exhausted', () => {
  const stopped = (stage: string, code: 'deadline' | 'budget' = 'deadline') =>
    failedRecord(stage, { failure: failure({ intent: 'giveUp', code, message: 'up' }) });

  test('fails with its first stage, despite the fallback output', () => {
    const entry = { ...stopped('classify', 'budget'), output: classified('complex').output };
    expect(decideAfter(null, entry)).toMatchObject({
      outcome: { status: 'failed', stage: 'classify', code: 'budget', detail: 'up', degraded: [] },
    });
  });

  test.each(['deadline', 'budget'] as const)('fails without another route, with "%s"', (code) => {
    const records = [
      failedRecord('generate.direct'),
      skipped('enhance.direct'),
      stopped('interpret', code),
      ...nothing.slice(3),
    ];
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: { status: 'failed', stage: 'interpret', code, degraded: [{ stage: 'generate.direct' }] },
    });
    expect(decideAfter('ambiguous', classified('ambiguous'), stopped('clarify', code))).toMatchObject({
      outcome: { status: 'failed', stage: 'clarify', code },
    });
  });

  test('completes with its best code and lists the stages that were stopped', () => {
    const best = { output: wrote('compare').output };
    const records = [
      ...directBranch,
      ...interpretedBranch,
      wrote('compare'),
      { ...stopped('polish'), ...best },
    ];
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: {
        status: 'completed',
        response: { code: 'compare' },
        degraded: [{ stage: 'polish', code: 'deadline', why: 'up' }],
      },
    });
  });
});
