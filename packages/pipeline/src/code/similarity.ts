/** Whether two codes do the same by their letters: line ends and white space at the ends of lines and code aside. */
export const sameCode = (a: string, b: string): boolean => a === b || bare(a) === bare(b);

const bare = (code: string) =>
  code
    .split(/\r\n?|\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');

/**
 * How alike two codes are, from 0 (no line in common) to 1 (the same lines, in any order): the lines they share
 * over the lines of both, counted with repetition; blank lines and the white space in a line do not count.
 */
export function similarity(a: string, b: string): number {
  const left = readLines(a);
  const right = readLines(b);
  if (left.length === 0 && right.length === 0) return 1;
  const counts = new Map<string, number>();
  for (const line of left) counts.set(line, (counts.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of right) {
    const count = counts.get(line) ?? 0;
    if (count > 0) {
      counts.set(line, count - 1);
      shared++;
    }
  }
  return shared / (left.length + right.length - shared);
}

function readLines(code: string): string[] {
  return code
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\s+/g, ''))
    .filter((line) => line !== '');
}
