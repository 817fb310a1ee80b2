import {
  call,
  choice,
  classified,
  failedRecord,
  failure,
  record,
  running,
  wrote,
} from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { graph as pipeline } from '../../src/graph/graph.ts';
import { reusableRecords } from '../../src/policy/rerun.ts';
import type { StageRecord } from '../../src/run/record.ts';
import { chose, directBranch, graph, interpretedBranch, merged } from '../run-fixtures.ts';

const runOf = (route: 'simple' | 'complex' | null, ...records: readonly StageRecord[]) => ({
  route,
  stages: Object.fromEntries(records.map((one) => [one.stage, one])),
});
const whole = runOf('complex', classified('complex'), ...directBranch, ...interpretedBranch, ...merged);
const summarized = record('summarize', { status: 'completed', output: { kind: 'text', text: 'Before' } });
const namesFrom = (run: ReturnType<typeof runOf>, from: string) =>
  Object.keys(reusableRecords(graph, run, from)?.stages ?? {}).sort();

describe('a run again from a stage', () => {
  test.each([
    ['polish', ['classify', 'compare', ...branches('direct'), ...branches('interpreted')]],
    ['compare', ['classify', ...branches('direct'), ...branches('interpreted')]],
    ['enhance.direct', ['classify', 'generate.direct', ...branches('interpreted')]],
    ['generate.direct', ['classify', ...branches('interpreted')]],
    ['interpret', ['classify', ...branches('direct')]],
    ['classify', []],
  ])('%s reuses the stages that do not depend on it', (from, kept) => {
    expect(namesFrom(whole, from)).toEqual(kept.toSorted());
    expect(reusableRecords(graph, whole, from)?.route).toBe(from === 'classify' ? null : 'complex');
  });

  test.each([
    [
      'polish',
      'complex',
      ['summarize', 'classify', 'compare', ...branches('direct'), ...branches('interpreted')],
    ],
    ['classify', null, ['summarize']],
    ['summarize', null, []],
  ])('%s reuses the summary of older turns', (from, route, kept) => {
    const run = runOf('complex', summarized, ...Object.values(whole.stages));
    const reused = reusableRecords(pipeline, run, from);
    expect(Object.keys(reused?.stages ?? {}).sort()).toEqual(kept.toSorted());
    expect(reused?.route).toBe(route);
  });

  test('is refused from a summary that the run does not have', () => {
    expect(reusableRecords(pipeline, whole, 'summarize')).toBeNull();
  });

  test('copies outputs without their calls, so that nothing is paid twice', () => {
    const paid = { ...wrote('generate.direct'), calls: [call('m', null, { cost: 1 })] };
    const run = { ...whole, stages: { ...whole.stages, 'generate.direct': paid } };
    expect(reusableRecords(graph, run, 'polish')?.stages['generate.direct']).toEqual({
      ...paid,
      calls: [],
      reused: true,
    });
    expect(run.stages['generate.direct']?.calls).toHaveLength(1);
  });

  test('keeps the fallback output of a stage that failed', () => {
    const unimproved = failedRecord('enhance.direct', { output: choice('generate.direct', 'a rule') });
    const run = { ...whole, stages: { ...whole.stages, 'enhance.direct': unimproved } };
    expect(namesFrom(run, 'compare')).toContain('enhance.direct');
  });

  test.each([
    ['never ended', running('generate.interpreted')],
    ['was cancelled', record('generate.interpreted', { status: 'cancelled' })],
    ['ended the run', failedRecord('generate.interpreted', { failure: failure({ intent: 'failRun' }) })],
    ['ran out of time', failedRecord('generate.interpreted', { failure: failure({ code: 'deadline' }) })],
  ])('repeats a stage that %s, and the stages after it', (_, broken) => {
    const run = { ...whole, stages: { ...whole.stages, 'generate.interpreted': broken } };
    expect(namesFrom(run, 'polish')).toEqual(['classify', 'interpret', ...branches('direct')].toSorted());
  });

  test('classifies again if the first stage ended the run', () => {
    const run = runOf(null, failedRecord('classify', { failure: failure({ intent: 'failRun' }) }));
    expect(reusableRecords(graph, run, 'classify')).toEqual({ route: null, stages: {} });
  });

  test('may start on the route that came to nothing', () => {
    const run = runOf('simple', classified('complex'), failedRecord('generate.direct'), wrote('answer'));
    expect(reusableRecords(graph, run, 'generate.direct')).toMatchObject({ route: 'complex' });
    expect(reusableRecords(graph, run, 'answer')).toMatchObject({ route: 'simple' });
  });

  test.each(['answer', 'nothing', 'constructor'])(
    'is refused for a stage that is not in the run: %s',
    (from) => {
      expect(reusableRecords(graph, whole, from)).toBeNull();
    },
  );

  test('keeps the choice of the reviewer before the last stage', () => {
    expect(reusableRecords(graph, whole, 'polish')?.stages.compare?.output).toEqual(
      chose('enhance.interpreted').output,
    );
  });
});

function branches(side: 'direct' | 'interpreted') {
  const own = [`generate.${side}`, `enhance.${side}`];
  return side === 'direct' ? own : ['interpret', ...own];
}
