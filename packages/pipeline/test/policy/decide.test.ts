import {
  asks,
  choice,
  classified,
  failedRecord,
  fileOf,
  interpreted,
  record,
  running,
  skipped,
  wrote,
} from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import {
  chose,
  decideAfter,
  directBranch,
  graph,
  interpretedBranch,
  lostDirectBranch,
  lostInterpretedBranch,
  merged,
  nothing,
} from '../run-fixtures.ts';

describe('a run waits', () => {
  test.each([
    ['for its first stage', null, []],
    ['while that stage runs', null, [running('classify')]],
    ['while that stage is retrying', null, [record('classify', { status: 'retrying', endedAt: null })]],
    [
      'for the last stage of its route',
      'complex',
      [classified('complex'), ...directBranch, ...interpretedBranch, wrote('compare')],
    ],
    ['while the last stage runs', 'simple', [classified('simple'), running('answer')]],
    ['for the branch that is left', 'complex', [classified('complex'), ...lostDirectBranch, interpreted]],
  ] as const)('%s', (_, route, records) => {
    expect(decideAfter(route, ...records)).toEqual({ kind: 'wait' });
  });
});

describe('a run takes a route', () => {
  test.each(['simple', 'ambiguous', 'complex'] as const)('the %s route if classify returns it', (route) => {
    expect(decideAfter(null, classified(route))).toEqual({ kind: 'takeRoute', route });
  });

  test('the complex route if classify is lost', () => {
    const records = [failedRecord('classify', { output: { kind: 'route', route: 'complex' } })];
    expect(decideAfter(null, ...records)).toEqual({ kind: 'takeRoute', route: 'complex' });
  });

  test('the simple route if the complex route produced nothing', () => {
    expect(decideAfter('complex', classified('complex'), ...nothing)).toEqual({
      kind: 'takeRoute',
      route: 'simple',
    });
  });

  test('the simple route if clarify is lost', () => {
    expect(decideAfter('ambiguous', classified('ambiguous'), failedRecord('clarify'))).toEqual({
      kind: 'takeRoute',
      route: 'simple',
    });
  });
});

describe('a run finishes with a question', () => {
  const question = (source: string) => ({
    kind: 'finish',
    outcome: {
      status: 'completed',
      route: 'ambiguous',
      source,
      response: { code: '', feedback: 'Which?', ambiguous: true },
      language: null,
      files: [],
      degraded: [],
    },
  });

  test('of clarify on the ambiguous route', () => {
    expect(decideAfter('ambiguous', classified('ambiguous'), asks('clarify'))).toEqual(question('clarify'));
  });

  test('of interpret while the direct branch runs', () => {
    expect(
      decideAfter('complex', classified('complex'), running('generate.direct'), asks('interpret')),
    ).toEqual(question('interpret'));
  });

  test('of interpret after the direct branch ended', () => {
    expect(decideAfter('complex', classified('complex'), ...directBranch, asks('interpret'))).toEqual(
      question('interpret'),
    );
  });
});

describe('a run completes', () => {
  test('by the simple route', () => {
    expect(decideAfter('simple', classified('simple'), wrote('answer'))).toEqual({
      kind: 'finish',
      outcome: {
        status: 'completed',
        route: 'simple',
        response: { code: 'answer', steps: { directCode: 'answer' } },
        source: 'answer',
        language: 'python',
        files: [fileOf('answer')],
        degraded: [],
      },
    });
  });

  test('by the complex route', () => {
    expect(
      decideAfter('complex', classified('complex'), ...directBranch, ...interpretedBranch, ...merged),
    ).toMatchObject({
      outcome: { status: 'completed', route: 'complex', response: { code: 'polish' }, degraded: [] },
    });
  });

  const downOf = (stage: string) => ({ stage, code: 'overloaded', why: `${stage} is down` });
  const standsIn = (stage: string, of: string) => failedRecord(stage, { output: choice(of, 'a rule') });

  test.each([
    [
      'classify',
      [
        failedRecord('classify', { output: classified('complex').output }),
        ...directBranch,
        ...interpretedBranch,
        ...merged,
      ],
    ],
    ['interpret', [...directBranch, ...lostInterpretedBranch, ...merged]],
    ['generate.direct', [...lostDirectBranch, ...interpretedBranch, ...merged]],
    [
      'generate.interpreted',
      [
        ...directBranch,
        interpreted,
        failedRecord('generate.interpreted'),
        skipped('enhance.interpreted'),
        ...merged,
      ],
    ],
    [
      'enhance.direct',
      [
        wrote('generate.direct'),
        standsIn('enhance.direct', 'generate.direct'),
        ...interpretedBranch,
        ...merged,
      ],
    ],
    [
      'enhance.interpreted',
      [
        ...directBranch,
        interpreted,
        wrote('generate.interpreted'),
        standsIn('enhance.interpreted', 'generate.interpreted'),
        ...merged,
      ],
    ],
    [
      'compare',
      [...directBranch, ...interpretedBranch, standsIn('compare', 'enhance.interpreted'), wrote('polish')],
    ],
  ] as const)('and lists the failure of %s', (stage, records) => {
    const { consequence } = graph.node(stage).stage;
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: {
        status: 'completed',
        route: 'complex',
        response: { code: 'polish' },
        degraded: [{ ...downOf(stage), consequence }],
      },
    });
  });

  test('with the best implementation if polish was lost', () => {
    const records = [
      ...directBranch,
      ...interpretedBranch,
      chose('enhance.direct'),
      standsIn('polish', 'compare'),
    ];
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: {
        source: 'enhance.direct',
        response: { code: 'enhance.direct', steps: { bestImplementation: 'enhance.direct' } },
        degraded: [downOf('polish')],
      },
    });
  });

  test('with a draft if enhance, compare and polish were lost', () => {
    const records = [
      wrote('generate.direct'),
      standsIn('enhance.direct', 'generate.direct'),
      ...lostInterpretedBranch,
      standsIn('compare', 'enhance.direct'),
      standsIn('polish', 'compare'),
    ];
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: {
        source: 'generate.direct',
        response: {
          code: 'generate.direct',
          steps: { enhancedDirectCode: 'generate.direct', bestImplementation: 'generate.direct' },
        },
      },
    });
  });

  test('without a choice whose code is not recorded', () => {
    const records = [classified('complex'), standsIn('polish', 'compare')];
    expect(decideAfter('complex', ...records)).toEqual({ kind: 'takeRoute', route: 'simple' });
  });

  test('by the simple route after the complex one, with its degradations', () => {
    const records = [classified('complex'), ...nothing, wrote('answer')];
    expect(decideAfter('simple', ...records)).toMatchObject({
      outcome: {
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
            consequence: 'the complex route produced nothing; the simple route was taken',
          },
        ],
      },
    });
  });

  test('by the simple route after the ambiguous one, with one degradation', () => {
    expect(
      decideAfter('simple', classified('ambiguous'), failedRecord('clarify'), wrote('answer')),
    ).toMatchObject({
      outcome: { status: 'completed', route: 'simple', degraded: [downOf('clarify')] },
    });
  });

  test('and lists failures in the order in which they happened', () => {
    const records = [
      standsIn('polish', 'compare'),
      standsIn('compare', 'enhance.direct'),
      standsIn('enhance.direct', 'generate.direct'),
    ];
    const timed = records.map((one, at) => ({ ...one, endedAt: 10 - at }));
    const branches = [wrote('generate.direct'), ...interpretedBranch];
    expect(decideAfter('complex', classified('complex'), ...branches, ...timed)).toMatchObject({
      outcome: { degraded: [{ stage: 'enhance.direct' }, { stage: 'compare' }, { stage: 'polish' }] },
    });
  });

  test('and lists stages whose records were lost', () => {
    const records = [
      wrote('generate.direct'),
      ...interpretedBranch,
      running('enhance.direct'),
      wrote('polish'),
    ];
    const consequence = 'its step is empty; the code was made with it';
    expect(decideAfter('complex', classified('complex'), ...records)).toMatchObject({
      outcome: {
        response: { code: 'polish' },
        degraded: [
          { stage: 'enhance.direct', code: 'record-lost', consequence },
          { stage: 'compare', code: 'record-lost', consequence },
        ],
      },
    });
  });
});
