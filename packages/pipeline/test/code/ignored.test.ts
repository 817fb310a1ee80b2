import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/code/extract.ts';

const block = (info: string, content: string) => `\`\`\`${info}\n${content}\n\`\`\`\n\n`;
const add = 'def add(a, b):\n    return a + b';
const program = `${add}\n\n\ndef sub(a, b):\n    return a - b`;

const ignoredIn = (...blocks: string[]) => {
  const { ignored } = readAnswer(blocks.join('Then:\n\n'));
  return ignored.map(({ reason, name, start }) => [reason, name, start.split('\n')[0]]);
};

describe('the ignored blocks of an answer', () => {
  test.each<[string, string[], [string, string | null, string][]]>([
    ['none', [block('python', program)], []],
    [
      'a repeated block',
      [block('python', program), block('python', program)],
      [['repeated', null, 'def add(a, b):']],
    ],
    [
      'an unnamed copy of a file',
      [block('python title="a.py"', program), block('python', program)],
      [['repeated', null, 'def add(a, b):']],
    ],
    [
      'an older version of a file',
      [block('python title="a.py"', add), block('python title="a.py"', program)],
      [['older-version', 'a.py', 'def add(a, b):']],
    ],
    [
      'a part of a block',
      [block('python', program), block('python', add)],
      [['part', null, 'def add(a, b):']],
    ],
    [
      'a definition that a later block replaces',
      [block('python', add), block('python', 'def add(a, b):\n    return b + a\n\n\nprint(add(1, 2))')],
      [['redefined', null, 'def add(a, b):']],
    ],
    [
      'an edit',
      [block('python', program), block('diff', '@@ -1,2 +1,2 @@\n-a\n+b')],
      [['edit', null, '@@ -1,2 +1,2 @@']],
    ],
    [
      'the use of a file',
      [block('python title="a.py"', program), block('python', 'from a import add\nprint(add(1, 2))')],
      [['usage', null, 'from a import add']],
    ],
    [
      'commands, output and tests',
      [
        block('python', program),
        block('bash', 'pip install x'),
        block('text', '3'),
        block('python', 'def test_add():\n    assert add(1, 2) == 3'),
      ],
      [
        ['commands', null, 'pip install x'],
        ['output', null, '3'],
        ['tests', null, 'def test_add():'],
      ],
    ],
  ])('are listed: %s', (_, blocks, expected) => {
    expect(ignoredIn(...blocks)).toEqual(expected);
  });

  test('are listed up to twenty, with 120 characters each', () => {
    const edit = block('diff', `@@ -1,2 +1,2 @@\n-${'x'.repeat(1_000)}`);
    const edits = Array.from({ length: 50 }, (_, n) => edit.replace('xx', `${n}`));
    const { ignored } = readAnswer([block('python', program), ...edits].join('\n'));
    expect(ignored).toHaveLength(20);
    for (const { start, lines } of ignored) expect([start.length, lines]).toEqual([120, 2]);
  });
});
