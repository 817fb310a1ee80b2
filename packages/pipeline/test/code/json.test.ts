import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJson } from '../../src/code/json.ts';

test.each(['', 'no braces', '}{', '{', '{"a": 1', '{a: 1}', '{"a": 1} and {"b": 2}', "{'a': 1}"])(
  'finds nothing in %j',
  (text) => {
    expect(findJson(text)).toBeUndefined();
  },
);

test.each([
  ['alone', '{"a": {"b": "}"}}'],
  ['in a fence', '```json\n{"a": {"b": "}"}}\n```'],
  ['between prose', 'Here you are:\n{"a": {"b": "}"}}\nAnything else?'],
])('finds an object %s', (_, text) => {
  expect(findJson(text)).toEqual({ a: { b: '}' } });
});

test('finds any object in prose without braces', () => {
  const prose = fc.string().map((text) => text.replaceAll(/[{}]/g, ''));
  fc.assert(
    fc.property(prose, fc.object(), prose, (before, value, after) => {
      const json = JSON.stringify(value);
      expect(findJson(`${before}${json}${after}`)).toEqual(JSON.parse(json));
    }),
  );
});
