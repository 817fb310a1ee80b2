import { describe, expect, test } from 'vitest';
import { decide } from '../src/decide.ts';
import { graph } from '../src/graph.ts';
import type { StageRecord } from '../src/record.ts';
import type { Route } from '../src/stage.ts';
import { codeOutput, failure, lost, record } from './given.ts';

const classified = (route: Route) => record('classify', { output: { kind: 'route', route } });
const wrote = (stage: string) => record(stage, { output: codeOutput(stage) });
const skipped = (stage: string) => record(stage, { status: 'skipped' });
const running = (stage: string) => record(stage, { status: 'running', endedAt: null });
const interpreted = record('interpret', { output: { kind: 'specification', text: 'spec' } });
const asks = (stage: string) => record(stage, { output: { kind: 'question', question: 'Which?' } });

const after = (route: Route | null, ...records: readonly StageRecord[]) =>
  decide(graph, { route, stages: Object.fromEntries(records.map((one) => [one.stage, one])) });

const direct = [wrote('generate.direct'), wrote('enhance.direct')];
const viaSpec = [interpreted, wrote('generate.interpreted'), wrote('enhance.interpreted')];
const noDirect = [lost('generate.direct'), skipped('enhance.direct')];
const noSpec = [lost('interpret'), skipped('generate.interpreted'), skipped('enhance.interpreted')];
const merged = [wrote('compare'), wrote('polish')];
const nothing = [...noDirect, ...noSpec, skipped('compare'), skipped('polish')];

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
    ['compare', 'complex', [classified('complex'), ...direct, ...viaSpec]],
    ['polish', 'complex', [classified('complex'), ...direct, ...viaSpec, wrote('compare')]],
  ] as const)('at once if nothing can mend what %s met', (stage, route, before) => {
    const standIn = stage === 'classify' ? classified('complex').output : codeOutput('stand-in');
    expect(after(route, ...before, lost(stage, { failure: fatal, output: standIn }))).toEqual({
      kind: 'settle',
      settled: { status: 'failed', stage, code: 'no-credit', detail: 'pay first', degraded: [] },
    });
  });

  test('even if a question was found at the same time', () => {
    const broken = lost('generate.direct', { failure: fatal });
    expect(after('complex', classified('complex'), asks('interpret'), broken)).toMatchObject({
      settled: { status: 'failed', stage: 'generate.direct' },
    });
  });

  test('if the simple route has come to nothing', () => {
    expect(after('simple', classified('simple'), lost('answer'))).toEqual({
      kind: 'settle',
      settled: {
        status: 'failed',
        stage: 'answer',
        code: 'overloaded',
        detail: 'answer is down',
        degraded: [],
      },
    });
  });

  test('if the simple route comes to nothing after another one, and tells both', () => {
    const records = [
      classified('complex'),
      ...nothing,
      lost('answer', { endedAt: 5, failure: failure({ code: 'timeout' }) }),
    ];
    expect(after('simple', ...records)).toMatchObject({
      settled: {
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

  test('if its entry ends without a route', () => {
    expect(after(null, skipped('classify'))).toMatchObject({
      settled: { status: 'failed', stage: 'classify', code: 'internal' },
    });
  });
});

describe('a run waits', () => {
  test.each([
    ['for its first stage', null, []],
    ['while that stage runs', null, [running('classify')]],
    ['while that stage is retrying', null, [record('classify', { status: 'retrying', endedAt: null })]],
    [
      'for the last stage of its route',
      'complex',
      [classified('complex'), ...direct, ...viaSpec, wrote('compare')],
    ],
    ['while the last stage runs', 'simple', [classified('simple'), running('answer')]],
    ['for the branch that is left', 'complex', [classified('complex'), ...noDirect, interpreted]],
  ] as const)('%s', (_, route, records) => {
    expect(after(route, ...records)).toEqual({ kind: 'wait' });
  });
});

describe('a run takes', () => {
  test.each(['simple', 'ambiguous', 'complex'] as const)('the %s route if it is classified so', (route) => {
    expect(after(null, classified(route))).toEqual({ kind: 'take', route });
  });

  test('the complex route if classify is lost', () => {
    const records = [lost('classify', { output: { kind: 'route', route: 'complex' } })];
    expect(after(null, ...records)).toEqual({ kind: 'take', route: 'complex' });
  });

  test('the simple route if nothing came of the complex one', () => {
    expect(after('complex', classified('complex'), ...nothing)).toEqual({ kind: 'take', route: 'simple' });
  });

  test('the simple route if clarify is lost', () => {
    expect(after('ambiguous', classified('ambiguous'), lost('clarify'))).toEqual({
      kind: 'take',
      route: 'simple',
    });
  });
});

describe('a run asks back', () => {
  const question = {
    kind: 'settle',
    settled: {
      status: 'completed',
      route: 'ambiguous',
      response: { code: '', feedback: 'Which?', ambiguous: true },
      language: null,
      files: [],
      degraded: [],
    },
  };

  test('if it is ambiguous', () => {
    expect(after('ambiguous', classified('ambiguous'), asks('clarify'))).toEqual(question);
  });

  test('if interpret finds it unclear, without waiting for the direct branch', () => {
    expect(after('complex', classified('complex'), running('generate.direct'), asks('interpret'))).toEqual(
      question,
    );
  });

  test('if interpret finds it unclear, whatever came of the direct branch', () => {
    expect(after('complex', classified('complex'), ...direct, asks('interpret'))).toEqual(question);
  });
});

describe('a run is completed', () => {
  test('by the simple route', () => {
    expect(after('simple', classified('simple'), wrote('answer'))).toEqual({
      kind: 'settle',
      settled: {
        status: 'completed',
        route: 'simple',
        response: { code: 'answer', steps: { directCode: 'answer' } },
        language: 'python',
        files: [],
        degraded: [],
      },
    });
  });

  test('by the complex route', () => {
    expect(after('complex', classified('complex'), ...direct, ...viaSpec, ...merged)).toMatchObject({
      settled: { status: 'completed', route: 'complex', response: { code: 'polish' }, degraded: [] },
    });
  });

  const downOf = (stage: string) => ({ stage, code: 'overloaded', why: `${stage} is down` });
  const standsIn = (stage: string, output: string) => lost(stage, { output: codeOutput(output) });

  test.each([
    [
      'classify',
      [lost('classify', { output: classified('complex').output }), ...direct, ...viaSpec, ...merged],
    ],
    ['interpret', [...direct, ...noSpec, ...merged]],
    ['generate.direct', [...noDirect, ...viaSpec, ...merged]],
    [
      'generate.interpreted',
      [...direct, interpreted, lost('generate.interpreted'), skipped('enhance.interpreted'), ...merged],
    ],
    [
      'enhance.direct',
      [wrote('generate.direct'), standsIn('enhance.direct', 'draft'), ...viaSpec, ...merged],
    ],
    [
      'enhance.interpreted',
      [
        ...direct,
        interpreted,
        wrote('generate.interpreted'),
        standsIn('enhance.interpreted', 'draft'),
        ...merged,
      ],
    ],
    ['compare', [...direct, ...viaSpec, standsIn('compare', 'rule'), wrote('polish')]],
  ] as const)('and tells that %s was lost', (stage, records) => {
    const { whenLost: consequence } = graph.node(stage).stage;
    expect(after('complex', classified('complex'), ...records)).toMatchObject({
      settled: {
        status: 'completed',
        route: 'complex',
        response: { code: 'polish' },
        degraded: [{ ...downOf(stage), consequence }],
      },
    });
  });

  test('with the best implementation if polish was lost', () => {
    const records = [...direct, ...viaSpec, wrote('compare'), standsIn('polish', 'compare')];
    expect(after('complex', classified('complex'), ...records)).toMatchObject({
      settled: { response: { code: 'compare' }, degraded: [downOf('polish')] },
    });
  });

  test('by the simple route after the complex one, and tells why', () => {
    const records = [classified('complex'), ...nothing, wrote('answer')];
    expect(after('simple', ...records)).toMatchObject({
      settled: {
        status: 'completed',
        route: 'simple',
        response: { code: 'answer', steps: { directCode: 'answer' } },
        degraded: [
          downOf('generate.direct'),
          downOf('interpret'),
          {
            stage: 'polish',
            code: 'overloaded',
            why: 'interpret is down',
            consequence: 'nothing came of the complex route; the simple route answered',
          },
        ],
      },
    });
  });

  test('by the simple route after the ambiguous one, and tells why once', () => {
    expect(after('simple', classified('ambiguous'), lost('clarify'), wrote('answer'))).toMatchObject({
      settled: { status: 'completed', route: 'simple', degraded: [downOf('clarify')] },
    });
  });

  test('and lists what was lost in the order in which it was', () => {
    const records = [standsIn('polish', 'c'), standsIn('compare', 'b'), standsIn('enhance.direct', 'a')];
    const timed = records.map((one, at) => ({ ...one, endedAt: 10 - at }));
    expect(after('complex', classified('complex'), ...timed)).toMatchObject({
      settled: { degraded: [{ stage: 'enhance.direct' }, { stage: 'compare' }, { stage: 'polish' }] },
    });
  });
});
