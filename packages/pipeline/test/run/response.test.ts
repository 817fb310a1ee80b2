import { codeOutput, record } from '@codegen/testing/runs/records';
import { expect, test } from 'vitest';
import { codeResponse, questionResponse } from '../../src/run/response.ts';
import { graph } from '../run-fixtures.ts';

const wrote = (stage: string) => [stage, record(stage, { output: codeOutput(`<${stage}>`) })] as const;
const interpret = record('interpret', { output: { kind: 'specification', text: 'spec' } });

/** Compared as text: names, order and nothing else are what callers of the service rely on. */
const body = (value: unknown) => JSON.stringify(value, null, 1).replaceAll(/\n */g, '\n');

test('a simple run answers with its code', () => {
  const stages = Object.fromEntries([wrote('answer')]);
  expect(body(codeResponse(graph, 'simple', stages, 'done'))).toBe(
    body({ code: 'done', steps: { directCode: '<answer>' } }),
  );
});

test('a complex run answers with every step', () => {
  const names = [
    'generate.direct',
    'generate.interpreted',
    'enhance.direct',
    'enhance.interpreted',
    'compare',
    'polish',
  ];
  const stages = { interpret, ...Object.fromEntries(names.map(wrote)) };
  expect(body(codeResponse(graph, 'complex', stages, 'done'))).toBe(
    body({
      code: 'done',
      steps: {
        interpretation: 'spec',
        directCode: '<generate.direct>',
        interpretedCode: '<generate.interpreted>',
        enhancedDirectCode: '<enhance.direct>',
        enhancedInterpretedCode: '<enhance.interpreted>',
        bestImplementation: '<compare>',
      },
    }),
  );
});

test('steps that are not included are empty', () => {
  const stages = { interpret, ...Object.fromEntries([wrote('generate.direct'), wrote('compare')]) };
  expect(codeResponse(graph, 'complex', stages, 'done', ['directCode'])).toMatchObject({
    steps: { interpretation: '', directCode: '<generate.direct>', bestImplementation: '' },
  });
});

test('a complex run keeps the steps that it lost, empty', () => {
  const lost = record('interpret', { status: 'failed' });
  expect(codeResponse(graph, 'complex', { interpret: lost }, 'done')).toEqual({
    code: 'done',
    steps: {
      interpretation: '',
      directCode: '',
      interpretedCode: '',
      enhancedDirectCode: '',
      enhancedInterpretedCode: '',
      bestImplementation: '',
    },
  });
});

test('an ambiguous run answers with its question', () => {
  expect(body(questionResponse('Which?'))).toBe(body({ code: '', feedback: 'Which?', ambiguous: true }));
});
