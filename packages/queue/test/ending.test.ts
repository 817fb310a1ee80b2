import { codeResponse, decide, graph, type Run, type Settled, type StageRecord } from '@codegen/pipeline';
import { describe, expect, test } from 'vitest';
import { keepEnding, readEnding } from '../src/jobs/ending.ts';
import { recordOf } from './record.ts';

const record = (stage: string, text: string, overrides: Partial<StageRecord> = {}) =>
  recordOf(stage, { kind: 'code', code: { text, language: 'python', files: [] } }, overrides);
const byName = (...records: StageRecord[]): Run['stages'] =>
  Object.fromEntries(records.map((one) => [one.stage, one]));

const complex = byName(
  record('classify', '', { output: { kind: 'route', route: 'complex' } }),
  record('interpret', '', { output: { kind: 'specification', text: 'Goal: x' } }),
  ...graph
    .stagesOf('complex')
    .flatMap(({ stage: { name } }) => (name === 'interpret' ? [] : record(name, `# ${name}`))),
);

const endingOf = (stages: Run['stages']): Settled => {
  const decision = decide(graph, { route: 'complex', stages });
  if (decision.kind !== 'settle') throw new Error('the run has not ended');
  return decision.settled;
};

describe('an ending is read as it was,', () => {
  const settled = endingOf(complex);
  const keeps = (stages: Run['stages'], ending: Settled) => {
    const kept = keepEnding(graph, stages, ending);
    expect(readEnding(graph, stages, kept)).toEqual(ending);
    return kept;
  };

  test('and its texts are not kept twice', () => {
    expect(keeps(complex, settled)).not.toContain('#');
  });

  test('also if a stage has not ended, which may end yet', () => {
    const open = byName(
      ...Object.values(complex),
      record('compare', '', { status: 'running', output: null }),
    );
    const early = {
      ...settled,
      response: codeResponse(graph, 'complex', open, '# enhance.direct'),
    } as Settled;
    const kept = keeps(open, early);
    expect(readEnding(graph, complex, kept)).toEqual(early);
  });

  test.each<[string, Settled]>([
    ['a cancellation', { status: 'cancelled' }],
    ['a failure', { status: 'failed', stage: 'answer', code: 'internal', detail: 'x', degraded: [] }],
    [
      'a question',
      {
        status: 'completed',
        route: 'ambiguous',
        response: { code: '', feedback: 'Which?', ambiguous: true },
        language: null,
        files: [],
        degraded: [],
      },
    ],
  ])('also %s', (_, ending) => {
    keeps(complex, ending);
  });

  test('also if its code is that of no stage', () => {
    keeps(complex, { ...settled, response: codeResponse(graph, 'complex', complex, 'other') } as Settled);
  });
});
