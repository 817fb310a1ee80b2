import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/stages/interpret.ts';
import { context } from '../fixtures.ts';

const read = (answer: unknown) =>
  interpret.read(typeof answer === 'string' ? answer : JSON.stringify(answer), context());

test.each(['', ' \n ', '<think>What is wanted?</think>', '<think>still thinking'])(
  'rejects %j as a specification',
  (answer) => {
    expect(() => read(answer)).toThrow('no specification came back');
  },
);

describe('a request that is unclear', () => {
  test.each([
    ['alone', { unclear: 'Which language?' }, 'Which language?'],
    ['in a fence', '```json\n{"unclear": "Which language?"}\n```', 'Which language?'],
    ['behind reasoning', '<think>{"specification": "x"}</think>{"unclear": " Which? "}', 'Which?'],
    ['as a list', { unclear: ['Which language?', 'How large?'] }, 'Which language?; How large?'],
    ['alone', { specification: null, unclear: 'Which language?' }, 'Which language?'],
    [
      'with an empty specification',
      { specification: { goal: ' ' }, unclear: 'Which language?' },
      'Which language?',
    ],
  ])('leads to a question %s', (_, answer, question) => {
    expect(read(answer)).toEqual({ kind: 'question', question });
  });

  test.each([
    ['a word in prose', 'The request is unclear, but here is a try: "unclear": "what?"'],
    ['a field that is empty', { unclear: '  ' }],
    ['a field that is no text', { unclear: true }],
    ['a field with a specification', { specification: { goal: 'Sort a list' }, unclear: 'none' }],
  ])('is not found in %s', (_, answer) => {
    expect(read(answer)).toMatchObject({ kind: 'specification' });
  });
});

describe('a specification', () => {
  test('is formatted as text', () => {
    const specification = {
      goal: 'Sort a list',
      language: 'Python',
      inputs: 'a list',
      outputs: 'a list',
      requirements: ['stable', 'in place'],
      edgeCases: ['empty list'],
    };
    expect(read({ specification })).toEqual({
      kind: 'specification',
      text: [
        'Goal: Sort a list',
        'Language: Python',
        'Inputs: a list',
        'Outputs: a list',
        'Requirements:',
        '- stable',
        '- in place',
        'Edge cases:',
        '- empty list',
      ].join('\n'),
    });
  });

  test.each([
    ['with less in it', { goal: 'Sort', requirements: [] }, 'Goal: Sort'],
    [
      'with lists for lines',
      { goal: ['Sort', 'fast'], inputs: ['a', 'b'] },
      'Goal: Sort; fast\nInputs: a; b',
    ],
    ['with lines for lists', { goal: 'Sort', edgeCases: 'empty' }, 'Goal: Sort\nEdge cases:\n- empty'],
    ['with more in it', { goal: 'Sort', mood: 'calm' }, 'Goal: Sort'],
    ['in one piece', ' Sort a list ', 'Sort a list'],
  ])('may come %s', (_, specification, text) => {
    expect(read({ specification })).toEqual({ kind: 'specification', text });
  });

  test.each([
    ['prose', 'Sort a list. Mind the {empty} one.'],
    ['JSON of another form', '{"task": "Sort a list"}'],
    ['JSON with an odd part', '{"specification": {"goal": "Sort", "requirements": [{"id": 1}]}}'],
    ['JSON that breaks off', '{"specification": {"goal": "Sort'],
  ])('may be %s', (_, answer) => {
    expect(read(answer)).toEqual({ kind: 'specification', text: answer });
  });

  test('contains no reasoning', () => {
    expect(read('<think>Hm.</think>\n\nSort a list.')).toEqual({
      kind: 'specification',
      text: 'Sort a list.',
    });
  });
});

test('asks for either form', () => {
  const { system } = interpret.prompt(context());
  expect(system).toContain('{"specification": {');
  expect(system).toContain('{"unclear": ');
});

test('has no fallback output', () => {
  expect(interpret.fallbackOutput).toBeUndefined();
});
