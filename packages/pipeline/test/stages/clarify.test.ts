import { expect, test } from 'vitest';
import { clarify } from '../../src/stages/clarify.ts';
import { context } from '../fixtures.ts';

test.each(['', ' \n', '<think>What could they mean?</think>', '<think>What'])(
  'rejects %j as a question',
  (text) => {
    expect(() => clarify.read(text, context())).toThrow('no question came back');
  },
);

test('reads the question without the reasoning before it', () => {
  const question = 'Which language, e.g. Python?\nHow large is the input?';
  expect(clarify.read(`<think>Hm.</think>\n${question}\n`, context())).toEqual({
    kind: 'question',
    question,
  });
});

test('shows the request and asks for no code', () => {
  const { system, user } = clarify.prompt(context());
  expect(system).toContain('Do not\nwrite code');
  expect(user).toContain('reverse a string');
});

test('has no fallback output', () => {
  expect(clarify.fallbackOutput).toBeUndefined();
});
