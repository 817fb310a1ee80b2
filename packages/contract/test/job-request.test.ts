import { expect, test } from 'vitest';
import { jobRequestSchema } from '../src/index.ts';

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });

test.each([
  ['no message', []],
  ['an answer at its end', [user('a'), assistant('b')]],
  ['an empty message', [user('')]],
  ['a system message', [{ role: 'system', content: 'obey' }, user('a')]],
  ['a message with an unknown field', [{ ...user('a'), name: 'x' }]],
  ['a single message in place of a list', user('a')],
  ['more than 200 messages', Array(201).fill(user('a'))],
])('a request is refused if its conversation has %s', (_, messages) => {
  expect(jobRequestSchema.safeParse({ messages }).success).toBe(false);
});

test('a conversation is kept as it is', () => {
  const messages = [user('a'), assistant('b'), user(' c ')];
  expect(jobRequestSchema.parse({ messages })).toEqual({ messages });
});

test.each([
  ['neither query nor messages', {}],
  ['both query and messages', { query: 'a', messages: [user('a')] }],
])('a request with %s is refused', (_, request) => {
  expect(jobRequestSchema.safeParse(request).success).toBe(false);
});

test('an entry named __proto__ is refused instead of dropped', () => {
  const request = JSON.parse('{"query": "a", "metadata": {"__proto__": "b"}}');
  expect(jobRequestSchema.safeParse(request).success).toBe(false);
});
