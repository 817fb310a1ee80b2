import { graph } from '@codegen/pipeline';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { piecesOf, toMarkdown } from '../../src/v1/markdown.ts';

/** The code that a stage of the pipeline reads from a text. */
const read = (text: string) => {
  const output = graph
    .node('answer')
    .stage.read(text, { conversation: [], inputs: [], files: [], seed: 1 } as never);
  return output.kind === 'code' ? output.code.files.map(({ name, content }) => ({ name, content })) : [];
};

const names = fc.uniqueArray(
  fc.constantFrom('app.py', 'src/app.py', 'a b.py', '__init__.py', 'Makefile', 'x`y.py', 'tests/io.py'),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const lines = fc.array(
  fc.oneof(
    fc.constantFrom('```', '````python', '~~~', '`````', '# x', '  ```'),
    fc.string({ maxLength: 20 }),
  ),
  { maxLength: 5 },
);

describe('files as Markdown', () => {
  test('have a heading and an info string with the name', () => {
    const files = [
      { name: 'src/app.py', language: 'python', content: 'print(1)' },
      { name: null, language: 'bash', content: 'python src/app.py' },
      { name: 'Makefile', language: null, content: 'all:' },
    ];
    expect(toMarkdown(files)).toBe(
      '`src/app.py`\n```python src/app.py\nprint(1)\n```\n\n' +
        '```bash\npython src/app.py\n```\n\n' +
        '`Makefile`\n``` Makefile\nall:\n```'.replace('``` Makefile', '```Makefile'),
    );
  });

  test('have a fence that no line of the content ends', () => {
    const content = 'a = """\n```\n````\n"""';
    const [, fence] = toMarkdown([{ name: null, language: 'python', content }]).match(/^(`+)python\n/) ?? [];
    expect(fence).toBe('`````');
  });

  test('are read back as they are', () => {
    const files = fc.tuple(names, fc.array(lines, { minLength: 4, maxLength: 4 })).map(([all, contents]) =>
      all.map((name, at) => ({
        name,
        content: `x${at} = 1\n${contents[at]!.join('\n').replace(/[^\n -~]/g, '')}\nend = ${at}`,
      })),
    );
    fc.assert(
      fc.property(files, (given) => {
        const markdown = toMarkdown(given.map((file) => ({ ...file, language: 'python' })));
        expect(read(markdown)).toEqual(given);
      }),
    );
  });
});

test('pieces of an answer are short, split no character and form the answer', () => {
  const answer = `a${'😀'.repeat(10_000)}`;
  const pieces = piecesOf(answer);
  expect(pieces.join('')).toBe(answer);
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(8_000);
    expect(piece.isWellFormed()).toBe(true);
  }
  expect(piecesOf('')).toEqual([]);
});
