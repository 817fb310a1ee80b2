import { describe, expect, test } from 'vitest';
import { codeOfFiles, defaultName, sourceFilesOf } from '../../src/code/source-file.ts';

const part = (name: string | null, language: string | null, content: string, inText = true) => ({
  name,
  language,
  content,
  inText,
});

describe('sourceFilesOf', () => {
  test('names the parts of a program that have no name, and leaves out commands without one', () => {
    const files = [
      part(null, 'python', 'a'),
      part('main.py', 'python', 'b'),
      part(null, 'python', 'c'),
      part(null, 'bash', 'pip install x', false),
      part('test_a.py', 'python', 'd', false),
      part(null, null, 'e'),
    ];
    expect(sourceFilesOf(files).map(({ name, content }) => [name, content])).toEqual([
      ['main-2.py', 'a'],
      ['main.py', 'b'],
      ['main-3.py', 'c'],
      ['test_a.py', 'd'],
      ['main.txt', 'e'],
    ]);
  });

  test.each([
    ['javascript', 'main.js'],
    ['csharp', 'main.cs'],
    ['c', 'main.c'],
    ['go', 'main.go'],
    ['objective-c', 'main.objectivec'],
    ['not/a language', 'main.txt'],
  ])('calls a program in %s %s', (language, name) => {
    expect(defaultName(language)).toBe(name);
  });
});

describe('codeOfFiles', () => {
  test('has every file, and tests are not part of its text', () => {
    const files = [
      { name: 'app.py', content: 'x = 1\n' },
      { name: 'tests/test_app.py', content: 'def test_x(): pass\n' },
    ];
    const code = codeOfFiles(files);
    expect(code.text).toBe('x = 1\n');
    expect(sourceFilesOf(code.files)).toEqual(files);
  });

  test('has a text if there are only tests', () => {
    expect(codeOfFiles([{ name: 'test_app.py', content: 'def test_x(): pass' }]).text).not.toBe('');
  });
});
