import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffFiles, diffOfResult } from '../../src/code/diff.ts';

const file = (name: string, content: string) => ({ name, content });
const lines = (count: number, word: string) =>
  Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join('');

describe('diffFiles', () => {
  test('names changed, removed and added files with their patches, and no others', () => {
    const before = [file('a.py', 'one\ntwo\n'), file('b.py', 'same\n'), file('c.py', 'old\n')];
    const after = [file('d.py', 'new\n'), file('a.py', 'one\n2\n'), file('b.py', 'same\n')];
    expect(diffFiles(before, after)).toEqual([
      {
        name: 'a.py',
        change: 'modified',
        patch: '--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n',
      },
      { name: 'c.py', change: 'removed', patch: '--- a/c.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-old\n' },
      { name: 'd.py', change: 'added', patch: '--- /dev/null\n+++ b/d.py\n@@ -0,0 +1,1 @@\n+new\n' },
    ]);
  });

  test('shows that a file lacks its last line end', () => {
    const [change] = diffFiles([file('a', 'x\n')], [file('a', 'x')]);
    expect(change?.patch).toContain('+x\n\\ No newline at end of file');
  });

  test('replaces all lines of a file that has changed too much for a short patch', () => {
    const [change] = diffFiles([file('a', lines(700, 'old'))], [file('a', lines(800, 'new'))]);
    expect(change?.patch).toMatch(/^--- a\/a\n\+\+\+ b\/a\n@@ -1,700 \+1,800 @@\n-old 0\n/);
  });

  test('is bounded in time for files that have nothing in common', () => {
    const of = (letters: string) =>
      Array.from({ length: 120_000 }, (_, i) => letters[(i * i * 7919) % letters.length]).join('\n');
    const startedAt = performance.now();
    expect(diffFiles([file('a', of('abcdef'))], [file('a', of('defghi'))])).toHaveLength(1);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('makes patches that turn one version into the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '', ' c', '\td'), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, fc.boolean(), fc.boolean(), (one, two, endsOne, endsTwo) => {
        const from = one.join('\n') + (endsOne ? '\n' : 'x');
        const to = two.join('\n') + (endsTwo ? '\n' : 'x');
        const [change] = diffFiles([file('a', from)], [file('a', to)]);
        expect(change === undefined ? from : applyPatch(from, change.patch)).toBe(to);
      }),
    );
  });

  test('makes patches of files that have changed too much for a short one', () => {
    const [change] = diffFiles([file('a', lines(700, 'old'))], [file('a', lines(800, 'new'))]);
    expect(applyPatch(lines(700, 'old'), change?.patch ?? '')).toBe(lines(800, 'new'));
  });
});

describe('diffOfResult', () => {
  const result = { name: 'a.py', language: 'python', content: 'two', inText: true };

  test('is null without code before, or without code in the result', () => {
    expect(diffOfResult([], [result])).toBeNull();
    expect(diffOfResult([file('a.py', 'one')], [])).toBeNull();
    expect(diffOfResult([file('a.py', 'one')], [result])).toHaveLength(1);
    expect(diffOfResult([file('a.py', 'two')], [result])).toEqual([]);
  });
});
