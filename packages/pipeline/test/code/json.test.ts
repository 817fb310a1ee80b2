import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJson } from '../../src/code/json.ts';

test.each(['', 'no braces', '}{', '{', '{"a": 1', '{ x } {'])('finds no complete object in %j', (text) => {
  expect(findJson(text).filter((one) => Object.hasOwn(one, 'a'))).toEqual([]);
});

test.each([
  ['alone', '{"a": {"b": "}"}}'],
  ['in a fence', '```json\n{"a": {"b": "}"}}\n```'],
  ['between prose', 'Here you are:\n{"a": {"b": "}"}}\nAnything else?'],
  ['with a trailing comma', '{"a": {"b": "}"},}'],
  ['in single quotes', "{'a': {'b': '}'}}".replace("'}'", '"}"')],
  ['with comments', '{\n  // first\n  "a": {"b": "}"}\n}'],
  ['without quotes around its keys', '{a: {b: "}"}}'],
])('finds an object %s', (_, text) => {
  expect(findJson(text)).toEqual([{ a: { b: '}' } }]);
});

test('finds all objects in order', () => {
  expect(findJson('{"a": 1} and {"b": 2}')).toEqual([{ a: 1 }, { b: 2 }]);
});

test('finds an object without its end if that is asked for', () => {
  expect(findJson('Here: {"a": 1, "b": "tw', { cutOff: true })).toEqual([{ a: 1, b: 'tw' }]);
  expect(findJson('Here: {"a": 1, "b": "tw')).toEqual([]);
});

test('finds any object in prose without braces', () => {
  const prose = fc.string().map((text) => text.replaceAll(/[{}]/g, ''));
  fc.assert(
    fc.property(prose, fc.object(), prose, (before, value, after) => {
      const json = JSON.stringify(value);
      expect(findJson(`${before}${json}${after}`)).toEqual([JSON.parse(json)]);
    }),
  );
});
