import { expect, test } from 'vitest';
import { summarize } from '../../src/stages/summarize.ts';
import { context } from '../fixtures.ts';

test('reads a summary', () => {
  const summary = { kind: 'text', text: 'A parser. It is for CSV.' };
  expect(summarize.read(' A parser. It is for CSV.\n', context())).toEqual(summary);
});

test.each(['', "I'm sorry, I can't help with that.", 'Error: upstream provider returned 502'])(
  'rejects %j as a summary',
  (answer) => {
    expect(() => summarize.read(answer, context())).toThrow('no summary came back');
  },
);
