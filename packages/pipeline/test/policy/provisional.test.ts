import {
  choice,
  classified,
  failedRecord,
  failure,
  fileOf,
  interpreted,
  running,
  skipped,
  wrote,
} from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { bestSoFar, finishEarly } from '../../src/policy/provisional.ts';
import type { StageRecord } from '../../src/run/record.ts';
import type { Run } from '../../src/run/run.ts';
import type { Route } from '../../src/stages/stage.ts';
import { chose, directBranch, graph, interpretedBranch, lostInterpretedBranch } from '../run-fixtures.ts';

const runOf = (
  route: Route | null,
  ...records: readonly StageRecord[]
): Pick<Run, 'route' | 'stages' | 'outcome'> => ({
  route,
  stages: Object.fromEntries(records.map((one) => [one.stage, one])),
  outcome: null,
});
const complex = (...records: readonly StageRecord[]) => runOf('complex', classified('complex'), ...records);
const draft = wrote('generate.direct');
const unimproved = failedRecord('enhance.direct', { output: choice('generate.direct', 'a rule') });

describe('there is no provisional code', () => {
  test.each([
    ['before the route is known', runOf(null)],
    ['though the direct code is there, before the route is known', runOf(null, draft)],
    ['when no code is written', complex(interpreted, running('generate.direct'))],
    [
      'when all that was written was lost',
      complex(failedRecord('generate.direct'), skipped('enhance.direct'), ...lostInterpretedBranch),
    ],
    ['on the simple route, whose code is the result', runOf('simple', wrote('answer'))],
    ['on the ambiguous route', runOf('ambiguous', running('clarify'))],
    [
      'on the simple route when the complex one came to nothing',
      runOf('simple', failedRecord('generate.direct')),
    ],
    ['when the code is not complete', complex({ ...draft, status: 'retrying', endedAt: null })],
    ['when the run has finished', { ...complex(draft), outcome: { status: 'cancelled' } as const }],
  ])('%s', (_, run) => {
    expect(bestSoFar(graph, run)).toBeNull();
    expect(finishEarly(graph, run)).toBeNull();
  });
});

describe('the best code so far', () => {
  test.each([
    ['directCode', 'generate.direct', [draft]],
    ['interpretedCode', 'generate.interpreted', [draft, interpreted, wrote('generate.interpreted')]],
    ['enhancedDirectCode', 'enhance.direct', [...directBranch, interpreted, wrote('generate.interpreted')]],
    ['enhancedInterpretedCode', 'enhance.interpreted', [...directBranch, ...interpretedBranch]],
    ['directCode', 'generate.direct', [draft, unimproved]],
  ])('is the code of %s', (step, stage, records) => {
    const best = bestSoFar(graph, complex(...records));
    expect(best).toMatchObject({ step, stage, code: { text: stage } });
  });

  test('is the code that compare chose', () => {
    const run = complex(...directBranch, ...interpretedBranch, chose('enhance.direct'), running('polish'));
    expect(bestSoFar(graph, run)).toMatchObject({
      step: 'bestImplementation',
      stage: 'compare',
      code: { text: 'enhance.direct' },
    });
    expect(finishEarly(graph, run)).toMatchObject({
      source: 'enhance.direct',
      response: { code: 'enhance.direct', steps: { bestImplementation: 'enhance.direct' } },
      degraded: [{ stage: 'polish', consequence: 'the code of compare is the result' }],
    });
  });

  test('has the remaining stages in their order', () => {
    const { remaining } =
      bestSoFar(graph, complex(...directBranch, interpreted, running('generate.interpreted'))) ?? {};
    expect(remaining).toEqual(['generate.interpreted', 'enhance.interpreted', 'compare', 'polish']);
  });
});

describe('a run whose caller accepts the provisional code', () => {
  test('has the completed steps, and lists the skipped stages', () => {
    const outcome = finishEarly(graph, complex(draft, interpreted, running('enhance.direct')));
    expect(outcome).toMatchObject({
      status: 'completed',
      route: 'complex',
      source: 'generate.direct',
      language: 'python',
      files: [fileOf('generate.direct')],
      response: {
        code: 'generate.direct',
        steps: {
          interpretation: 'spec',
          directCode: 'generate.direct',
          interpretedCode: '',
          enhancedDirectCode: '',
          enhancedInterpretedCode: '',
          bestImplementation: '',
        },
      },
    });
    expect(outcome?.degraded.map(({ stage, code }) => [stage, code])).toEqual(
      ['enhance.direct', 'generate.interpreted', 'enhance.interpreted', 'compare', 'polish'].map((stage) => [
        stage,
        'skipped-by-caller',
      ]),
    );
    for (const { consequence } of outcome?.degraded ?? [])
      expect(consequence).toBe('the code of generate.direct is the result');
  });

  test('lists earlier failures too', () => {
    const refused = failedRecord('enhance.direct', { failure: failure({ code: 'refused' }) });
    const outcome = finishEarly(graph, complex(draft, refused, ...interpretedBranch));
    expect(outcome?.response.code).toBe('enhance.interpreted');
    expect(outcome?.degraded.map(({ stage, code }) => [stage, code])).toEqual([
      ['enhance.direct', 'refused'],
      ['compare', 'skipped-by-caller'],
      ['polish', 'skipped-by-caller'],
    ]);
  });
});
