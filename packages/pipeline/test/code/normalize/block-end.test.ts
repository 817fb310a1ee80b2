import { expect, test } from 'vitest';
import { BlockEnds } from '../../../src/code/normalize/block-end.ts';
import { readOpening } from '../../../src/code/normalize/fence.ts';

/** Ends all blocks of a text as the reading does. @returns lines examined per line of the text */
function workPerLine(text: string): number {
  const lines = text.split('\n');
  const ends = new BlockEnds(lines);
  for (let line = 0; line < lines.length; ) {
    const fence = readOpening(lines[line]!);
    line = fence === null ? line + 1 : Math.max(ends.of(fence, line + 1).next, line + 1);
  }
  return ends.work / lines.length;
}

test.each([
  '```py\nx\n',
  '```py\nx\n```\n',
  '```py\n"""\n```\n',
  '```py\n"""\n```json\n',
  '```sh\ncat <<EOF@\n```\n',
  '```py\n``\n',
  '```md\n```\n',
  '```md\n```sh\n',
  '~~~\n```\n``\n',
  '```\n# a\n```sh\n',
])('examines a line a bounded number of times: %j', (unit) => {
  let count = 0;
  const repeated = (times: number) => unit.repeat(times).replaceAll('@', () => String(count++));
  // Up to the lookahead the work per line grows with the text. After it, it may not.
  const small = workPerLine(repeated(1_000));
  expect(workPerLine(repeated(30_000))).toBeLessThanOrEqual(2 * small + 10);
});

test('examines a line a bounded number of times if every block has a longer fence than the next', () => {
  const text = (blocks: number) =>
    Array.from({ length: blocks }, (_, i) => `${'`'.repeat(blocks + 3 - i)}\n\`\``).join('\n');
  expect(workPerLine(text(1_000))).toBeLessThanOrEqual(50);
});
