import { expect, test } from 'vitest';
import { codeIn, createSegmenter, segmentsOf, tailOf } from '../src/code/segments.ts';

const kinds = (text: string) => segmentsOf(text).map(({ isCode, language }) => [isCode, language]);

test('a text has words and code blocks with their languages', () => {
  expect(kinds('Here it is.\n```python\nx = 1\n```\nDone.')).toEqual([
    [false, null],
    [true, 'python'],
    [false, null],
  ]);
  expect(kinds('no code')).toEqual([[false, null]]);
  expect(kinds('')).toEqual([]);
});

test('a code block that is still being written counts as one', () => {
  expect(segmentsOf('```ts\nconst a = 1')).toEqual([
    { isCode: true, language: 'ts', lines: ['const a = 1'] },
  ]);
});

test('a fence inside a longer fence is code', () => {
  expect(codeIn('````md\n```js\n1\n```\n````')?.code).toBe('```js\n1\n```\n');
});

test('the code of a text is its longest block', () => {
  expect(codeIn('```sh\nls\n```\n```py\na\nb\n```')).toEqual({ language: 'py', code: 'a\nb\n' });
  expect(codeIn('words')).toBeNull();
});

test('a text that grows has the same parts as one that is read at once', () => {
  const text = 'Words.\n\n````md\n```js\n1\n```\n````\nMore.\n~~~py\nx = 1\n~~~';
  const segmenter = createSegmenter();
  for (let end = 0; end <= text.length; end++)
    expect(segmenter(text.slice(0, end))).toEqual(segmentsOf(text.slice(0, end)));
  expect(segmenter('```js\n2')).toEqual(segmentsOf('```js\n2'));
});

test('the tail has the last lines of all segments, with their numbers', () => {
  const segments = segmentsOf('```a\n1\n2\n3\n```\nwords\n```b\n4\n5\n```');
  expect(tailOf(segments, 4).map(({ lines, from }) => [from, lines])).toEqual([
    [2, ['3']],
    [0, ['words']],
    [0, ['4', '5']],
  ]);
});
