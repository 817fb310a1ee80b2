import { expect, test } from 'vitest';
import { graph, LOG_FILES } from '../../src/stages/graph.ts';
import { ROUTES } from '../../src/stages/stage.ts';
import type { Node } from '../../src/stages/tree.ts';

const picture = ({ stage, inputs }: Node): string =>
  inputs.length === 0 ? stage.name : `${stage.name}(${inputs.map(picture).join(', ')})`;

const all = [graph.entry, ...ROUTES.flatMap((route) => graph.stagesOf(route))].map(({ stage }) => stage);

test('has the shape of its picture', () => {
  expect(picture(graph.entry)).toBe('classify');
  expect(picture(graph.routes.simple)).toBe('answer');
  expect(picture(graph.routes.ambiguous)).toBe('clarify');
  expect(picture(graph.routes.complex)).toBe(
    'polish(compare(enhance.direct(generate.direct), enhance.interpreted(generate.interpreted(interpret))))',
  );
  expect(graph.fallbacks).toEqual({ complex: 'simple', ambiguous: 'simple' });
});

test('gives each stage its role, step and log file', () => {
  expect(all.map(({ name, role, step = '', log }) => [name, role, step, log].join(' | '))).toEqual([
    'classify | classifier |  | classifier_responses.txt',
    'answer | instructTuned | directCode | instructTuned_responses.txt',
    'clarify | interpreter |  | interpreter_responses.txt',
    'generate.direct | generator | directCode | generator_direct_responses.txt',
    'enhance.direct | instructTuned | enhancedDirectCode | instructTuned_enhance_direct_responses.txt',
    'interpret | interpreter | interpretation | interpreter_responses.txt',
    'generate.interpreted | generator | interpretedCode | generator_interpreted_responses.txt',
    'enhance.interpreted | instructTuned | enhancedInterpretedCode | instructTuned_enhance_interpreted_responses.txt',
    'compare | reviewer | bestImplementation | reviewer_compare_responses.txt',
    'polish | reviewer |  | reviewer_polish_responses.txt',
  ]);
});

test('uses every log file and says of every stage what its loss means', () => {
  expect(new Set(all.map(({ log }) => log))).toEqual(new Set(LOG_FILES));
  for (const { consequence } of all) expect(consequence).not.toBe('');
});
