import { expect, test } from 'vitest';
import type { Node } from '../../src/graph/define-graph.ts';
import { graph, LOG_FILES, STEPS } from '../../src/graph/graph.ts';
import { graph as published } from '../run-fixtures.ts';

const shape = ({ stage, inputs }: Node): string =>
  inputs.length === 0 ? stage.name : `${stage.name}(${inputs.map(shape).join(', ')})`;

test('begins with classify, and has a fallback for every route except simple', () => {
  expect(graph.entry.stage.name).toBe('classify');
  expect(graph.fallbacks).toEqual({ complex: 'simple', ambiguous: 'simple', edit: 'simple' });
});

test('compares the enhanced drafts of both branches', () => {
  expect(shape(graph.node('compare'))).toBe(
    'compare(enhance.direct(generate.direct), enhance.interpreted(generate.interpreted(interpret)))',
  );
});

test('keeps the published names, which stored runs, callers and log readers depend on', () => {
  expect(graph.names).toEqual(expect.arrayContaining([...published.names]));
  expect(LOG_FILES).toEqual(
    expect.arrayContaining([
      'classifier_responses.txt',
      'interpreter_responses.txt',
      'generator_direct_responses.txt',
      'generator_interpreted_responses.txt',
      'instructTuned_responses.txt',
      'instructTuned_enhance_direct_responses.txt',
      'instructTuned_enhance_interpreted_responses.txt',
      'reviewer_compare_responses.txt',
      'reviewer_polish_responses.txt',
    ]),
  );
  expect(STEPS.slice(0, 6)).toEqual([
    'interpretation',
    'directCode',
    'interpretedCode',
    'enhancedDirectCode',
    'enhancedInterpretedCode',
    'bestImplementation',
  ]);
});

test.each([
  'classify | classifier | classifier_responses.txt',
  'answer | instructTuned | directCode | instructTuned_responses.txt',
  'clarify | interpreter | interpreter_responses.txt',
  'generate.direct | generator | directCode | generator_direct_responses.txt',
  'enhance.direct | instructTuned | enhancedDirectCode | instructTuned_enhance_direct_responses.txt',
  'interpret | interpreter | interpretation | interpreter_responses.txt',
  'generate.interpreted | generator | interpretedCode | generator_interpreted_responses.txt',
  'enhance.interpreted | instructTuned | enhancedInterpretedCode | instructTuned_enhance_interpreted_responses.txt',
  'compare | reviewer | bestImplementation | reviewer_compare_responses.txt',
  'polish | reviewer | reviewer_polish_responses.txt',
  'reply | classifier | classifier_reply_responses.txt',
])('keeps the role, step and log file of %s', (row) => {
  const columns = row.split(' | ');
  const { name, role, step, log } = graph.node(columns[0] ?? '').stage;
  // A stage without a published step gets one when another stage takes its output.
  const hasPublishedStep = columns.length === 4;
  expect([name, role, ...(hasPublishedStep ? [step] : []), log]).toEqual(columns);
});

test('states the consequence of each stage’s failure', () => {
  for (const { stage } of graph.nodes) expect(stage.consequence, stage.name).not.toBe('');
});
