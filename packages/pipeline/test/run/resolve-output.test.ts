import { choice, codeOutput, record } from '@codegen/testing/runs/records';
import { describe, expect, test } from 'vitest';
import { NO_OPTIONS } from '../../src/policy/options.ts';
import { contextOf, resolveOutput, sourceOf } from '../../src/run/run.ts';
import type { Output } from '../../src/stages/stage.ts';
import { codeFrom, nothingFrom } from '../fixtures.ts';
import { graph } from '../run-fixtures.ts';

const records = (outputs: Readonly<Record<string, Output | null>>) =>
  Object.fromEntries(Object.entries(outputs).map(([stage, output]) => [stage, record(stage, { output })]));

describe('resolveOutput', () => {
  const stages = records({
    interpret: { kind: 'specification', text: 'spec' },
    'generate.direct': codeOutput('draft'),
    'enhance.direct': choice('generate.direct', 'a rule'),
    compare: choice('enhance.direct', 'better'),
    polish: choice('compare', 'a rule'),
    'enhance.interpreted': choice('generate.interpreted', 'a rule'),
    a: choice('b', 'wrong'),
    b: choice('a', 'wrong'),
  });

  test.each([
    ['a stage with its own output', 'interpret', 'interpret', { kind: 'specification', text: 'spec' }],
    ['a choice', 'enhance.direct', 'generate.direct', codeOutput('draft')],
    ['a choice of a choice', 'compare', 'generate.direct', codeOutput('draft')],
    ['three choices', 'polish', 'generate.direct', codeOutput('draft')],
    ['a choice of a stage without a record', 'enhance.interpreted', 'generate.interpreted', null],
    ['a stage without a record', 'answer', 'answer', null],
  ])('is found for %s', (_, stage, source, output) => {
    expect(sourceOf(stages, stage)).toBe(source);
    expect(resolveOutput(stages, stage)).toEqual(output);
  });

  test('returns null for choices that form a circle', () => {
    expect(resolveOutput(stages, 'a')).toBeNull();
  });
});

describe('the context of a stage', () => {
  const options = { ...NO_OPTIONS, route: 'simple' as const };
  const request = { conversation: [{ role: 'user' as const, content: 'hi' }], files: [], seed: 7 };
  const run = { ...request, options };
  const context = { ...request, requestedRoute: 'simple' };

  test('has the code of each input under the name of the input', () => {
    const stages = records({
      'generate.direct': codeOutput('draft'),
      'enhance.direct': choice('generate.direct', 'a rule'),
    });
    expect(contextOf(graph.node('compare'), { ...run, stages })).toEqual({
      ...context,
      inputs: [codeFrom('enhance.direct', 'draft'), nothingFrom('enhance.interpreted')],
    });
  });

  test('has no inputs for a stage that takes none', () => {
    expect(contextOf(graph.node('interpret'), { ...run, stages: {} })).toEqual({ ...context, inputs: [] });
  });
});
