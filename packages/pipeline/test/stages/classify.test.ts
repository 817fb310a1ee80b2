import { expect, test } from 'vitest';
import { classify } from '../../src/stages/classify.ts';
import { context } from '../fixtures.ts';

test.each([
  '',
  '   ',
  'not simple',
  'Not complex!',
  'not_simple',
  'simple complex',
  'simple or complex',
  'simple\ncomplex',
  'It is simple',
  'simple, because it is not complex',
  'simple – complex',
  'simple?',
  'unambiguous',
  'simplex',
  'easy',
  '**',
  '{"route": "easy"}',
  '{"route": "simple"} or {"route": "complex"}',
  'complex – simple',
  'Answer: simple\nAnswer: complex',
  'answer: not simple',
  `simple${' '.repeat(200)}is not the word`,
  '<think>simple</think>',
  '<think>simple',
  '<think>It is simple.</think>Not simple.',
])('rejects the answer %j', (text) => {
  expect(() => classify.read(text, context())).toThrow(
    expect.objectContaining({
      failure: expect.objectContaining({ intent: 'nextModel', code: 'unreadable-answer' }),
    }),
  );
});

test.each([
  ['simple', 'simple'],
  ['Simple.', 'simple'],
  ['  COMPLEX\n', 'complex'],
  ['"ambiguous"', 'ambiguous'],
  ["'simple'", 'simple'],
  ['`complex`', 'complex'],
  ['**Simple**', 'simple'],
  ['_simple_!', 'simple'],
  ['Route: complex', 'complex'],
  ['Classification: **ambiguous**', 'ambiguous'],
  ['answer = "simple"', 'simple'],
  ['```\nsimple\n```', 'simple'],
  ['{"route": "simple"}', 'simple'],
  ['simple, because one function does it', 'simple'],
  ['simple – one function', 'simple'],
  ['```json\n{"route": "Complex",}\n```', 'complex'],
  ['<think>Not simple, several files.</think>\n\ncomplex', 'complex'],
])('reads %j as %s', (text, route) => {
  expect(classify.read(text, context())).toEqual({ kind: 'route', route });
});

test('reads any long answer quickly', () => {
  for (const text of [
    'a'.repeat(1e6),
    ' '.repeat(1e6),
    `${' *'.repeat(5e5)}x!`,
    `${'simple'.padEnd(1e6, '!')}x`,
  ]) {
    expect(() => classify.read(text, context())).toThrow('none of simple');
  }
});

test('returns the complex route if it is lost', () => {
  expect(classify.fallbackOutput?.(context())).toEqual({ kind: 'route', route: 'complex' });
});

test('asks for one of the three words', () => {
  const { system, user } = classify.prompt(context());
  for (const route of ['simple', 'complex', 'ambiguous']) expect(system).toContain(`\n${route} – `);
  expect(user).toContain('reverse a string');
});
