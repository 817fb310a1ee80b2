import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePrefer } from '../../src/http/job-headers.ts';
import { ProblemError } from '../../src/problem.ts';

test.each([
  ['wait'],
  ['wait='],
  ['wait=""'],
  ['wait=soon'],
  ['wait=-1'],
  ['wait=+1'],
  ['wait=1.5'],
  ['wait=1e3'],
  ['wait=0x10'],
  ['wait=10s'],
  ['wait= 1 0'],
  ['wait=9999999999'],
  ['wait="1\\0"'],
  ['wait=";"'],
  ['wait;=5'],
  ['=5'],
  ['='],
  ['respond-async wait=5'],
  ['respond-async; wait=5; =x'],
  ['a b'],
  ['a==b'],
  ['"respond-async"'],
  ['respond-async="yes'],
  ['a="b" c'],
  [';'],
  [';a=b'],
  ['respond-async/1'],
  ['wait=５'],
  ['wait=5\u0000'],
  ['<script>'],
  ['a'.repeat(1_001)],
])('rejects “%s”', (header) => {
  expect(() => parsePrefer(header)).toThrow(ProblemError);
});

test.each([
  [undefined, false, null],
  ['', false, null],
  [' \t ', false, null],
  [',', false, null],
  ['respond-async', true, null],
  ['Respond-Async', true, null],
  ['respond-async=', true, null],
  ['respond-async=""', true, null],
  ['respond-async;', true, null],
  ['respond-async; a; b=c;;d="e"', true, null],
  ['wait=0', false, 0],
  ['wait=007', false, 7],
  ['WAIT=7', false, 7],
  ['wait="7"', false, 7],
  [' wait \t=\t 7 ', false, 7],
  ['wait=7; wait=8', false, 7],
  ['wait=7, wait=8', false, 7],
  ['wait=7, wait=soon', false, 7],
  ['wait=999999999', false, 999_999_999],
  ['respond-async, wait=7', true, 7],
  ['wait=7,respond-async', true, 7],
  [',respond-async,,\t, wait=7,', true, 7],
  ['return=minimal, handling=lenient', false, null],
  ['foo; wait=7', false, null],
  ['foo="respond-async, wait=7"', false, null],
  ['foo="a \\" b", respond-async', true, null],
  ['waiting=soon, no-wait', false, null],
])('parses “%s”', (header, respondAsync, wait) => {
  expect(parsePrefer(header)).toEqual({ respondAsync, wait });
});

test('parses much white space in linear time', () => {
  const header = `a${'; '.repeat(400)}`;
  expect(parsePrefer(header)).toEqual({ respondAsync: false, wait: null });
  for (const end of ['(', '"', '= =', 'a a']) expect(() => parsePrefer(header + end)).toThrow(ProblemError);
  expect(() => parsePrefer(`${'"\\'.repeat(450)}`)).toThrow(ProblemError);
});

const lexeme = fc.constantFrom(
  'wait',
  'respond-async',
  '=',
  ';',
  ',',
  ' ',
  '"',
  '\\',
  '30',
  '"30"',
  'x',
  '\t',
  'é',
);

test('returns a preference or throws a problem for any header', () => {
  fc.assert(
    fc.property(
      fc.array(lexeme).map((parts) => parts.join('')),
      (header) => {
        try {
          const { wait } = parsePrefer(header);
          expect(wait === null || Number.isSafeInteger(wait)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          expect((error as ProblemError).problem.type).toBe('/problems/malformed-preference');
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('parses every list of well-formed preferences', () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const quoted = fc.string({ unit: fc.constantFrom('a', ',', ';', '=', ' ', '\\"', '\\\\'), maxLength: 6 });
  const value = fc.oneof(
    token,
    quoted.map((text) => `"${text}"`),
  );
  const other = fc
    .tuple(token, value)
    .filter(([name]) => !/^(?:wait|respond-async)$/i.test(name))
    .map(([name, text]) => `${name}=${text}`);
  fc.assert(
    fc.property(fc.array(other, { maxLength: 5 }), fc.nat(999_999_999), (others, wait) => {
      const header = [...others, 'respond-async', `wait=${wait}`, ...others].join(', ');
      expect(parsePrefer(header)).toEqual({ respondAsync: true, wait });
    }),
  );
});
