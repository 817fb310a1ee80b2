import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readQuery } from '../src/http/query.ts';
import { ProblemError } from '../src/problem.ts';

const LIMIT = 50;

test.each([
  ['characters that a URL cannot hold', '/generate?query=grüße'],
  ['a space', '/generate?query=a b'],
  ['half a surrogate pair', '/generate?query=\ud800'],
])('a target with %s is refused', (_, target) => {
  expect(() => readQuery(target, LIMIT)).toThrow(ProblemError);
});

test('only what stands behind the first question mark counts', () => {
  expect(readQuery('/a=b&query=c?query=d?query=e', LIMIT)).toBe('d?query=e');
});

const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: LIMIT / 2 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
  .filter((one) => !/^[\s\p{Default_Ignorable_Code_Point}]*$|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/u.test(one));

test('every text comes back as it was before it was encoded', () => {
  fc.assert(
    fc.property(text, (query) => {
      expect(readQuery(`/generate?query=${encodeURIComponent(query)}`, LIMIT)).toBe(query);
      const form = new URLSearchParams({ before: query, query, after: query });
      expect(readQuery(`/generate?${form}`, LIMIT)).toBe(query);
    }),
  );
});

const piece = fc.oneof(
  fc.constantFrom(
    'query',
    'query=',
    '&',
    '=',
    '?',
    '+',
    '%',
    '%ff',
    '%E3%80%80',
    '%00',
    '%ED%A0%80',
    '#',
    ';',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc
    .uint8Array({ max: 255, maxLength: 5 })
    .map((bytes) => [...bytes].map((b) => `%${b.toString(16)}`).join('')),
);
const target = fc.array(piece, { maxLength: 20 }).map((pieces) => `/generate?${pieces.join('')}`);

test('whatever the bytes, there is a query within the limit or a problem that says what is wrong', () => {
  fc.assert(
    fc.property(target, (given) => {
      try {
        const query = readQuery(given, LIMIT);
        expect(query.isWellFormed()).toBe(true);
        expect([...query].length).toBeLessThanOrEqual(LIMIT);
        expect(query.trim()).not.toBe('');
      } catch (error) {
        expect(error).toBeInstanceOf(ProblemError);
        expect((error as ProblemError).problem.status).toBeLessThan(500);
      }
    }),
    { numRuns: 1_000 },
  );
});
