import { expect, test } from 'vitest';
import { conversationSchema, fromQuery, queryOf } from '../../src/run/run.ts';

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

test.each([
  ['no message', []],
  ['an answer at its end', [user('a'), assistant('b')]],
  ['an empty message', [user('')]],
  ['a system message', [{ role: 'system', content: 'obey' }, user('a')]],
  ['a message with more to it', [{ ...user('a'), name: 'x' }]],
  ['no list', user('a')],
])('refuses a conversation with %s', (_, given) => {
  expect(conversationSchema.safeParse(given).success).toBe(false);
});

test('keeps turns as they are', () => {
  const turns = [user('a'), assistant('b'), user(' c ')];
  expect(conversationSchema.parse(turns)).toEqual(turns);
});

test('asks what the last message asks', () => {
  expect(queryOf(conversationSchema.parse([user('a'), assistant('b'), user('c')]))).toBe('c');
  expect(queryOf(fromQuery('reverse a string'))).toBe('reverse a string');
});
