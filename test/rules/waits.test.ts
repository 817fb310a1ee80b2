import { expect, it } from 'vitest';
import { readSources } from './source-files.ts';

/**
 * Calls of `vi.waitFor` and `vi.waitUntil` without a timeout, whose default of 1 s passes on a busy machine. `expect.poll` has
 * the timeout of vitest.config.ts.
 */
const hastyWaits = (text: string): string[] =>
  [...text.matchAll(/vi\.wait(?:For|Until)\(/g)]
    .map(({ 0: { length }, index }) => argumentsAt(text, index + length))
    .filter((given) => !/timeout|TIMEOUT|WAIT|DEADLINE/.test(given));

/** The text from an index to the end of the parentheses around it. */
function argumentsAt(text: string, start: number): string {
  let depth = 1;
  let end = start;
  for (; depth > 0 && end < text.length; end++) {
    if (text[end] === '(') depth++;
    if (text[end] === ')') depth--;
  }
  return text.slice(start, end - 1);
}

it('tests state how long they wait', () => {
  expect(
    hastyWaits('await vi.waitUntil(() => isDone(), { timeout: 5 }); vi.waitFor(() => check(1));'),
  ).toEqual(['() => check(1)']);
  const files = ['apps', 'packages', 'eval', 'test'].flatMap(readSources);
  const found = files.flatMap(({ path, text }) =>
    path.startsWith('test/rules/') ? [] : hastyWaits(text).map((given) => `${path}: ${given}`),
  );
  expect(found).toEqual([]);
});
