import { entry } from '@codegen/testing/runs/stage-log';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatEntry, type ParsedEntry, parseStageLog } from '../../src/stage-log/entry.ts';

const HEADER =
  '=== 2026-11-23T06:00:00.000Z run=r1 stage=classify model=some/model:free attempt=1 ms=123 tokens=12/34 bytes=6 ===';

test('writes a header, the text and an empty line', () => {
  expect(formatEntry(entry()).toString()).toBe(`${HEADER}\nsimple\n\n`);
  const bare = formatEntry(entry({ model: null, tokens: null, simulated: true, text: '' })).toString();
  expect(bare).toMatch(/ model=- attempt=1 ms=123 tokens=- bytes=0 simulated=true ===\n\n\n$/);
});

test.each([
  ['a header', HEADER],
  ['an entry', `${HEADER}\nsimple\n\n`],
  ['the end of this entry and another', `x\n\n${HEADER}\nsimple\n`],
  ['an escaped header', `\\${HEADER}`],
  ['a header after CR', `x\r${HEADER}\r\n`],
])('escapes a text that looks like an entry: %s', (_, text) => {
  const bytes = formatEntry(entry({ text }));
  expect(bytes.toString().match(/^=== /gm)).toHaveLength(1);
  expect(parseStageLog(bytes)).toMatchObject([{ text }]);
});

test.each([
  'a b',
  'a\n\n=== forged',
  'a bytes=0 ===\n',
  'x\r\u2028\u0085y',
  '\u001B[2J',
  'a=b',
  '-',
  '%2D',
  '',
  '模型',
])('encodes header values so that a model cannot forge a header: %j', (model) => {
  const bytes = formatEntry(entry({ model, run: model, stage: model }));
  expect(bytes.toString()).toMatch(
    /^=== \S+ run=[\w.:/@+~%-]* stage=[\w.:/@+~%-]* model=[\w.:/@+~%-]* attempt=/,
  );
  expect(parseStageLog(bytes)).toMatchObject([{ model, run: model, stage: model }]);
});

test('cuts long header values and rounds and bounds numbers', () => {
  const odd = {
    model: 'x'.repeat(1_000),
    attempt: Number.NaN,
    milliseconds: 1.6,
    tokens: { prompt: -1, completion: 1e30 },
  };
  expect(parseStageLog(formatEntry(entry(odd)))).toMatchObject([
    {
      model: 'x'.repeat(200),
      attempt: 0,
      milliseconds: 2,
      tokens: { prompt: 0, completion: Number.MAX_SAFE_INTEGER },
    },
  ]);
});

test('keeps control characters in the text', () => {
  const text = '\u0000\u001B[31mred\u0007\r\n\ttab\u009B';
  expect(formatEntry(entry({ text })).includes(text)).toBe(true);
});

test.each([
  ['a cut text', `${HEADER}\nsimp`],
  ['a cut end', `${HEADER}\nsimple\n`],
  ['a cut header', HEADER.slice(0, 40)],
  ['no header', 'simple\n\n'],
  ['a cut entry before another', `${HEADER}\nsi\n${HEADER}\nsimple\n\n`],
  [
    'a cut entry as long as another',
    `${HEADER.replace('bytes=6', `bytes=${HEADER.length + 9}`)}\ns\n${HEADER}\nsimple\n\n`,
  ],
])('rejects a torn entry with its byte offset: %s', (_, content) => {
  expect(() => parseStageLog(content)).toThrow('torn');
  expect(() => parseStageLog(`${HEADER}\nsimple\n\n${content}`)).toThrow(`byte ${HEADER.length + 9}`);
});

test('parses every entry back as it was written', () => {
  const part = fc.constantFrom(
    '=== ',
    '===',
    '\\',
    '\n',
    '\r',
    '\u2028',
    ' ',
    'bytes=1',
    HEADER,
    '\uD83D',
    '\uDE00',
    'é',
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => parts.join('')),
  );
  const word = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.constantFrom('a\uD800', '%', '-'));
  const one: fc.Arbitrary<ParsedEntry> = fc.record({
    time: fc.date({ noInvalidDate: true }),
    run: word,
    stage: word,
    model: fc.option(word),
    attempt: fc.nat(),
    milliseconds: fc.nat(),
    tokens: fc.option(fc.record({ prompt: fc.nat(), completion: fc.nat() })),
    simulated: fc.boolean(),
    text: anyText,
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), (entries) => {
      const bytes = Buffer.concat(
        entries.map((each) => formatEntry({ ...each, file: 'classifier_responses.txt' })),
      );
      expect(parseStageLog(bytes)).toEqual(
        entries.map((each) => ({
          ...each,
          run: each.run.toWellFormed(),
          stage: each.stage.toWellFormed(),
          model: each.model?.toWellFormed() ?? null,
          text: each.text.toWellFormed(),
        })),
      );
    }),
    { numRuns: 500 },
  );
});
