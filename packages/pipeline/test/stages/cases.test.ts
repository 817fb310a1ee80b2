import { expect, test } from 'vitest';
import { cases } from '../../src/stages/cases.ts';
import { context } from '../fixtures.ts';

const request =
  'Write first(items), so that first(["a", "b"]) returns "a", first([]) raises an error and first([None]) is None.';
const isExample = (one: object) => {
  const answer = JSON.stringify({ cases: [{ ...one, example: true }] });
  const output = cases.read(answer, context({ conversation: [{ role: 'user', content: request }] }));
  return output.kind === 'cases' && output.cases[0]?.isExample;
};

// An example alone decides between two programs.
test.each([
  ['in the request', { function: 'first', args: [['a', 'b']], returns: 'a' }, true],
  ['in the request, with None', { function: 'first', args: [[null]], returns: null }, true],
  ['in the request, with an error', { function: 'first', args: [[]], raises: true }, true],
  ['with another result', { function: 'first', args: [['a', 'b']], returns: 'z' }, false],
  ['with another input', { function: 'first', args: [['x', 'y']], returns: 'a' }, false],
  ['read from stdin', { stdin: 'q', prints: 'a' }, false],
])('a case counts as an example only if the request contains it: %s', (_, one, expected) => {
  expect(isExample(one)).toBe(expected);
});
