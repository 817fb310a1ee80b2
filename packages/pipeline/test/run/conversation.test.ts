import { expect, test } from 'vitest';
import { fromQuery, queryOf } from '../../src/run/run.ts';

test('the query of a conversation is its last message', () => {
  const turns = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
  ] as const;
  expect(queryOf(turns)).toBe('c');
  expect(queryOf(fromQuery('reverse a string'))).toBe('reverse a string');
});
