import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyAnswer, EditError } from '../../src/code/edit/apply.ts';
import { sourceFilesOf } from '../../src/code/source-file.ts';

const file = (name: string, content: string) => ({ name, content });
const app = file('src/app.py', 'import os\n\n\ndef run():\n    print("one")\n    print("two")\n\n\nrun()\n');
const lib = file('src/lib.py', 'X = 1\r\nY = 2\r\n');
const page = file('README.md', '# App\n');
const FILES = [app, lib, page];

const after = (answer: string, files = FILES, partlySeen: readonly string[] = []) =>
  Object.fromEntries(
    sourceFilesOf(applyAnswer(answer, files, new Set(partlySeen)).code.files).map(({ name, content }) => [
      name,
      content,
    ]),
  );
const block = (name: string, content: string, language = 'python') =>
  `\`\`\`${language} title="${name}"\n${content}\n\`\`\``;
const replace = (search: string, by: string) => `<<<<<<< SEARCH\n${search}\n=======\n${by}\n>>>>>>> REPLACE`;

describe('a whole file', () => {
  test('replaces the file, and files that are not named stay as they are, byte for byte', () => {
    const result = after(`Done:\n${block('src/app.py', 'print(1)')}\nRun \`python src/app.py\`.`);
    expect(result).toEqual({
      'src/app.py': 'print(1)\n',
      'src/lib.py': lib.content,
      'README.md': page.content,
    });
  });

  test('keeps the line ends, the last line end and the byte order mark of the file', () => {
    expect(after(block('src/lib.py', 'X = 3\nY = 4'))['src/lib.py']).toBe('X = 3\r\nY = 4\r\n');
    expect(after(block('a.py', 'y'), [file('a.py', '\uFEFFx')])['a.py']).toBe('\uFEFFy');
  });

  test('with an unknown name is a new file, after the others', () => {
    const result = after(
      `${block('tests/test_app.py', 'def test_run(): pass')}\n${block('src/__init__.py', '')}`,
    );
    expect(Object.keys(result)).toEqual([
      ...FILES.map(({ name }) => name),
      'tests/test_app.py',
      'src/__init__.py',
    ]);
  });

  test('is the file whose name differs only in the form of its characters', () => {
    const files = [file('src/cafe\u0301.py', 'x = 1\n'), file('menu\u0301.py', 'y\n')];
    const answer = `${block('src/caf\u00E9.py', 'x = 2')}\nDelete file: men\u00FA.py`;
    expect(after(answer, files)).toEqual({ 'src/cafe\u0301.py': 'x = 2\n' });
    const edit = `\`caf\u00E9.py\`\n\`\`\`python\n${replace('x = 1', 'x = 3')}\n\`\`\``;
    expect(after(edit, files)['src/cafe\u0301.py']).toBe('x = 3\n');
  });

  test('without its folder is the file with a similar content', () => {
    const changed = app.content.replace('two', '2');
    expect(Object.keys(after(block('app.py', changed)))).toEqual(FILES.map(({ name }) => name));
    expect(after(block('app.py', 'something_else()'))).toHaveProperty('app.py');
  });

  test('without a name is the only file, or the one with a similar content', () => {
    const plain = (content: string) => `\`\`\`python\n${content}\n\`\`\``;
    expect(after(plain('print(2)'), [file('main.py', 'print(1)')])).toEqual({ 'main.py': 'print(2)' });
    expect(after(plain(app.content.replace('two', '2')))['src/app.py']).toContain('"2"');
    expect(() => after(plain('print(2)'))).toThrow('does not name the file');
  });

  test('in another language takes the place of the only file', () => {
    expect(after('```go\npackage main\n```', [file('main.py', 'print(1)')])).toEqual({
      'main.go': 'package main',
    });
  });

  test.each([
    'def run():\n    # ... rest of the code ...\n    pass',
    'import os\n# … existing code unchanged …',
    '# The rest of the file remains the same',
    '// ... other functions',
  ])('is refused if a comment stands for a part of it: %j', (content) => {
    expect(() => after(block('src/app.py', content))).toThrow('stands for a part');
  });

  test('may have such a comment if the file had one before', () => {
    const content = '# ... rest of the code ...\nx = 2';
    const before = '# ... rest of the code ...\nx = 1\n';
    expect(after(block('a.py', content), [file('a.py', before)])['a.py']).toBe(`${content}\n`);
  });

  test('that the model has not seen whole is refused', () => {
    expect(() => after(block('src/app.py', 'x'), FILES, ['src/app.py'])).toThrow(
      'too long to be written whole',
    );
  });

  test('in place of which there is only prose, a diff or nothing is refused', () => {
    for (const answer of [
      'It is fine as it is.',
      '',
      '```diff\n--- a/src/app.py\n+++ b/src/app.py\n@@ -1 +1 @@\n-a\n+b\n```',
    ])
      expect(() => after(answer)).toThrow(EditError);
  });
});

describe('search and replace', () => {
  const edited = (search: string, by: string, name = 'src/app.py') =>
    after(block(name, replace(search, by)))[name];

  test('changes the lines that are found, and nothing else', () => {
    expect(edited('    print("two")', '    print("2")')).toBe(app.content.replace('"two"', '"2"'));
    expect(edited('Y = 2', 'Y = 3', 'src/lib.py')).toBe('X = 1\r\nY = 3\r\n');
  });

  test('ignores white space at the end of lines, then indentation', () => {
    expect(edited('def run():  \n    print("one")\t', 'def run():\n    print("1")')).toContain(
      'print("1")\n    print("two")',
    );
    expect(edited('print("one")\nprint("two")', 'if os:\n    print("1")')).toContain(
      'def run():\n    if os:\n        print("1")\n\n',
    );
  });

  test('is refused if the text is not there, or there more than once', () => {
    expect(() => edited('print("three")', 'x')).toThrow('is not in src/app.py');
    expect(() => after(block('a.py', replace('x', 'y')), [file('a.py', 'x\nx\n')])).toThrow('more than once');
    expect(() => after(block('a.py', replace('x', 'y')), [file('a.py', '  x\n    x\n')])).toThrow(
      'more than once',
    );
  });

  test.each([
    ['with the name above the block', `src/app.py\n\`\`\`\n${replace('import os', 'import sys')}\n\`\`\``],
    ['with the name in the block', `\`\`\`python\nsrc/app.py\n${replace('import os', 'import sys')}\n\`\`\``],
    ['without a fence', `**src/app.py**\n\n${replace('import os', 'import sys')}`],
    ['with the file alone', block('app.py', replace('import os', 'import sys'))],
  ])('finds its file %s', (_, answer) => {
    expect(after(answer)['src/app.py']).toBe(app.content.replace('import os', 'import sys'));
  });

  test('applies several blocks in order, in several files', () => {
    const answer = [
      block('src/app.py', `${replace('import os', 'import sys')}\n${replace('import sys', 'import re')}`),
      block('src/lib.py', replace('X = 1', 'X = 0')),
    ].join('\n');
    expect(after(answer)).toMatchObject({
      'src/app.py': app.content.replace('os', 're'),
      'src/lib.py': 'X = 0\r\nY = 2\r\n',
    });
  });

  test('fills an empty file, and creates a new one', () => {
    expect(after(block('new.py', replace('', 'x = 1')))['new.py']).toBe('x = 1');
  });

  test('finds text that has a line of equals signs', () => {
    const text = 'Title\n=======\nold\n';
    expect(
      after(block('a.rst', replace('=======\nold', '=======\nnew'), 'rst'), [file('a.rst', text)])['a.rst'],
    ).toBe('Title\n=======\nnew\n');
  });

  test('is refused without an end', () => {
    expect(() => after(block('src/app.py', '<<<<<<< SEARCH\nimport os\n=======\nimport sys'))).toThrow(
      EditError,
    );
  });

  test('replaces any part of any file that occurs once', () => {
    const line = fc.constantFrom('a', 'b', '  b', '', 'c ', '\td', '}');
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        fc.array(line),
        (lines, from, size, by) => {
          const start = from % lines.length;
          const search = lines.slice(start, start + 1 + (size % 5));
          const content = lines.join('\n');
          const places = lines.filter((_, at) => search.every((one, i) => lines[at + i] === one)).length;
          const answer = block('a.txt', replace(search.join('\n'), by.join('\n')), 'text');
          const expected = [...lines.slice(0, start), ...by, ...lines.slice(start + search.length)].join(
            '\n',
          );
          // A fence ends the search for text; `by` of no lines is one empty line.
          if (places !== 1 || search.every((one) => one.trim() === '') || by.length === 0) return;
          expect(after(answer, [file('a.txt', content), page])['a.txt']).toBe(expected);
        },
      ),
    );
  });

  test('is linear in time for repetitive files', () => {
    const content = 'a\n'.repeat(100_000);
    const search = `${'a\n'.repeat(20_000)}b`;
    const startedAt = performance.now();
    expect(() => after(block('a.txt', replace(search, 'x'), 'text'), [file('a.txt', content)])).toThrow(
      'is not in',
    );
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('a deletion', () => {
  test.each(['Delete file: src/lib.py', '- **Delete file:** `src/lib.py`', 'Deleted file: src/lib.py'])(
    'is read from %j',
    (line) => {
      expect(Object.keys(after(`${block('src/app.py', 'x')}\n\n${line}`))).toEqual([
        'src/app.py',
        'README.md',
      ]);
      expect(Object.keys(after(line))).toEqual(['src/app.py', 'README.md']);
    },
  );

  test('of an unknown file, of a file that is written, or within code is ignored', () => {
    const answer = `${block('src/app.py', 'Delete file: src/lib.py')}\nDelete file: ../x\nDelete file: src/app.py`;
    expect(Object.keys(after(answer))).toEqual(FILES.map(({ name }) => name));
  });

  test('of every file is refused', () => {
    expect(() => after(FILES.map(({ name }) => `Delete file: ${name}`).join('\n'))).toThrow(
      'deletes every file',
    );
  });
});

test('any answer is applied or refused, never throws anything else, and names only safe paths', () => {
  const part = fc.constantFrom(
    '```python title="src/app.py"',
    '```',
    '<<<<<<< SEARCH',
    '=======',
    '>>>>>>> REPLACE',
    'import os',
    'Delete file: ../../etc/passwd',
    '```py title="../../x.py"',
    '# ...',
    '~~~',
    'src/lib.py',
    '\u0000',
    '{"path": "/etc/x", "content": "y"}',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 25 }), (lines) => {
      try {
        for (const name of Object.keys(after(lines.join('\n')))) expect(name).not.toMatch(/^\/|\.\./);
      } catch (error) {
        expect(error).toBeInstanceOf(EditError);
      }
    }),
    { numRuns: 300 },
  );
});
