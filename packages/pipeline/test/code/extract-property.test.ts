import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCode, sameCode, similarity } from '../../src/code/code.ts';
import { extractCode } from '../../src/code/extract.ts';
import { stripReasoning } from '../../src/code/normalize/reasoning.ts';

const words =
  '``` ```` ~~~ ` <think> </think> python app.py - 1. " \' """ /* */ { } ( ) ; : = x The sorry. title=" ../ <html> [ "a":1 SELECT \\';
const scrap = fc.constantFrom(...words.split(' '), '\n', '\r\n', ' ', '    ', '\t', '\uD800', '\uDC00');
const scraps = fc.array(scrap, { maxLength: 60 }).map((parts) => parts.join(''));
const anything = fc.oneof(
  scraps,
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\uD800', 'a', '\n') }),
);
const isFence = (line: string) => /^\s*(?:`{3,}|~{3,})/.test(line);

test('never throws, and finds either no code or some', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const code = extractCode(text);
      if (code === null) return;
      expect(code.text.trim()).not.toBe('');
      expect(code.files.length).toBeGreaterThan(0);
      expect(buildCode(code.files)).toEqual(code);
      for (const { name, content } of code.files) {
        expect(content).toBe(content.trimEnd());
        expect(name ?? 'a').not.toMatch(/^[/~]|\\|(?:^|\/)\.\.?(?:\/|$)|\p{Cc}/u);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('gives back the body of a fenced block', () => {
  const body = anything
    .map((text) =>
      text
        .replaceAll('\r', '')
        .split('\n')
        .filter((line) => !isFence(line))
        .join('\n'),
    )
    // A language alone on the first line is no part of the body, if the block has no info string.
    .filter((text) => text.trim() !== '' && !/^\s*python[ \t]*\n/.test(text));
  const info = fc.constantFrom('', 'python', 'js', 'text', 'brainfuck');
  const prose = fc.constantFrom('', 'Here it is:', 'One.\n\nTwo.\n');
  fc.assert(
    fc.property(
      prose,
      info,
      body,
      fc.constantFrom('```', '~~~~'),
      prose,
      (before, lang, text, mark, after) => {
        const code = extractCode(`${before}\n${mark}${lang}\n${text}\n${mark}\n${after}`);
        expect(code?.text).toBe(text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd());
      },
    ),
    { numRuns: 1_000 },
  );
});

test('leaves text without a tag alone, and strips the text inside one', () => {
  const plain = fc.string().filter((text) => !/[<>`~]/.test(text));
  fc.assert(
    fc.property(plain, plain, (thought, text) => {
      expect(stripReasoning(text)).toBe(text);
      expect(stripReasoning(`<think>${thought}\n</think>\nA${text}`)).toBe(`A${text}`.trimEnd());
    }),
  );
});

test('likeness is symmetric, between 0 and 1, and 1 for the same code', () => {
  fc.assert(
    fc.property(scraps, scraps, (a, b) => {
      const likeness = similarity(a, b);
      expect(likeness).toBe(similarity(b, a));
      expect(likeness).toBeGreaterThanOrEqual(0);
      expect(likeness).toBeLessThanOrEqual(1);
      expect(similarity(a, a.replaceAll('\n', '\r\n  '))).toBe(1);
      expect(sameCode(a, b)).toBe(sameCode(b, a));
    }),
  );
});

/** Quadratic work on texts of this size would not come back in time. */
test.each([
  ...['a', '`', '~', ' ', '\t', '\n', '\r', '"', '[{(', '- ', '**a', '[a](', '<   ', '`a` ', 'ab ', 'a\n'],
  ...['<think>', '</think>', '<think>\n', 'a <think>\n', '<think>\n```x </think>\n', '`<think>` </think>'],
  ...[
    '```\n',
    '```py a.py\nx\n',
    '```\n@\n```\n',
    '```md\n',
    '  - ```\n',
    '/*\n',
    '<<EOF\n',
    '<html><title>',
  ],
  ...[
    'This is one.\n',
    'x = 1;\n',
    'a: b\n',
    'select a from ',
    'a -x | ',
    'a, ',
    'a =',
    'a[',
    'a.b(',
    '@a',
    '$a',
  ],
  ...['(a ', 'a, ', 'for a in '].map((part) => `${part.repeat(90)}\n`),
])('comes back from a very long text of %j', (unit) => {
  let count = 0;
  // Longer texts of short lines are no answers: see the next test.
  const lines = 24_000 / Math.max(1, unit.split('\n').length - 1);
  const text = unit.repeat(Math.min(2 ** 18 / unit.length, lines)).replaceAll('@', () => String(count++));
  for (const before of ['', 'x', '<think>', '```\n']) extractCode(before + text);
  similarity(text, `${text}x`);
  sameCode(text, `${text}x`);
});

test('finds no code in an answer with more than 25,000 lines', () => {
  for (const unit of ['a\n', '```\n', 'x = 1\n', '  - ```\n']) {
    expect(extractCode(unit.repeat(2 ** 20 / unit.length))).toBeNull();
  }
  expect(extractCode('x = 1\n'.repeat(24_000))?.text).toHaveLength(24_000 * 6 - 1);
});

test('comes back from two megabytes without a line end', () => {
  const text = '`<think>"[{(`` ~~~ a=</think>x -y | '.repeat(2 ** 21 / 32);
  expect(extractCode(`\`\`\`\n${text}`)).toMatchObject({ files: [{ name: null }] });
  for (const before of ['', '<think>', '`']) extractCode(before + text);
});
