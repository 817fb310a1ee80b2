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
])('rejects a conversation with %s', (_, messages) => {
  expect(jobRequestSchema.safeParse({ messages }).success).toBe(false);
});

test('accepts a conversation unchanged', () => {
  const messages = [user('a'), assistant('b'), user(' c ')];
  expect(jobRequestSchema.parse({ messages })).toEqual({ messages });
});

test.each([
  ['neither query nor messages', {}],
  ['both query and messages', { query: 'a', messages: [user('a')] }],
])('rejects a request with %s', (_, request) => {
  expect(jobRequestSchema.safeParse(request).success).toBe(false);
});

test('rejects an entry named __proto__ instead of dropping it', () => {
  const request = JSON.parse('{"query": "a", "metadata": {"__proto__": "b"}}');
  expect(jobRequestSchema.safeParse(request).success).toBe(false);
});
