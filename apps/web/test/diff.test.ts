import { createTwoFilesPatch } from 'diff';
import { expect, test } from 'vitest';
import { countChanges, isRow, rowsOf, rowsOfPatch, type Shown, withGaps } from '../src/code/diff.ts';

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`).join('\n');

test('changed lines stand next to each other with their numbers', () => {
  expect(rowsOf('a\nb\nc', 'a\nB\nB2\nc\n')).toEqual([
    { left: { n: 1, text: 'a' }, right: { n: 1, text: 'a' }, isChanged: false },
    { left: { n: 2, text: 'b' }, right: { n: 2, text: 'B' }, isChanged: true },
    { left: null, right: { n: 3, text: 'B2' }, isChanged: true },
    { left: { n: 3, text: 'c' }, right: { n: 4, text: 'c' }, isChanged: false },
  ]);
});

test('equal and empty texts have no changes', () => {
  for (const text of ['', 'a', 'a\n'])
    expect(countChanges(rowsOf(text, text))).toEqual({ added: 0, removed: 0 });
  expect(countChanges(rowsOf('', 'a\nb'))).toEqual({ added: 2, removed: 0 });
});

test('unchanged lines far from a change are counted', () => {
  const shown = withGaps(rowsOf(lines(1, 30), `${lines(1, 14)}\nnew\n${lines(16, 30)}`));
  expect(shown.filter((one) => !isRow(one))).toMatchObject([{ count: 11 }, { count: 12 }]);
});

test('a patch has the same rows as the texts that it was made from', () => {
  const [before, after] = [lines(1, 30), `${lines(1, 14)}\nnew\n${lines(16, 30)}`];
  const patch = createTwoFilesPatch('a', 'b', `${before}\n`, `${after}\n`, '', '', { context: 3 });
  expect(rowsOfPatch(patch).filter(isRow)).toEqual(withGaps(rowsOf(before, after)).filter(isRow));
});

const unfolded = (shown: readonly Shown[]) => shown.flatMap((one) => (isRow(one) ? [one] : (one.rows ?? [])));

test('unfolded unchanged lines complete the text, with the numbers of both sides', () => {
  const before = lines(1, 60);
  const after = `new\n${lines(1, 19)}\n${lines(21, 40)}\nchanged\n${lines(42, 60)}`;
  const all = rowsOf(before, after);
  expect(unfolded(withGaps(all))).toEqual(all);
  const patch = createTwoFilesPatch('a', 'b', before, after, '', '', { context: 3 });
  const shown = rowsOfPatch(patch, after);
  expect(shown.filter((one) => !isRow(one))).toHaveLength(3);
  expect(unfolded(shown)).toEqual(all);
});

test('a patch of another text says how many lines are unchanged, and shows none', () => {
  const patch = createTwoFilesPatch('a', 'b', lines(1, 30), `${lines(1, 29)}\nend`, '', '', { context: 3 });
  for (const after of [null, lines(1, 30), ''])
    expect(rowsOfPatch(patch, after)[0]).toEqual({ count: 26, rows: null });
});

test.each(['', 'nothing', '@@ -1,9 +1 @@\nx', '--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n+c'])(
  'a patch that cannot be read has no rows: %j',
  (patch) => {
    expect(rowsOfPatch(patch)).toEqual([]);
  },
);
