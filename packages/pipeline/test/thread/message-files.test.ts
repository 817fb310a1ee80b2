import { describe, expect, test } from 'vitest';
import { takeFiles } from '../../src/thread/message-files.ts';

describe('the files in a message', () => {
  test.each([
    ['the opening line', '```python src/app.py\nprint(1)\n```', 'src/app.py'],
    ['an attribute', '```python title="src/my app.py"\nprint(1)\n```', 'src/my app.py'],
    ['the line above', 'src/app.py\n```\nprint(1)\n```', 'src/app.py'],
    ['a heading', '### `app.py`\n\n```python\nprint(1)\n```', 'app.py'],
    ['a comment', '```python\n# app.py\nprint(1)\n```', 'app.py'],
  ])('are named by %s', (_, message, name) => {
    const { files, text } = takeFiles(`Mend it:\n\n${message}\nThanks`);
    expect(files.map((file) => file.name)).toEqual([name]);
    expect(files[0]?.content).toMatch(/print\(1\)$/);
    expect(text).toMatch(/^Mend it:\n[\s\S]*\nThanks$/);
    expect(text).toContain(`[${name}]`);
    expect(text).not.toContain('print');
  });

  test('are no blocks without a name, which stay in the text', () => {
    const message = 'Why?\r\n```\r\nTypeError: x\r\n```\r\n```js a.js\r\nlet a;\r\n```\r\nEnd';
    expect(takeFiles(message)).toEqual({
      text: 'Why?\n```\nTypeError: x\n```\n[a.js]\nEnd',
      files: [{ name: 'a.js', content: 'let a;' }],
    });
  });

  test('have the last content of each name', () => {
    const { files } = takeFiles('```js a.js\nlet a = 1;\n```\n```js a.js\nlet a = 2;\n```');
    expect(files).toEqual([{ name: 'a.js', content: 'let a = 2;' }]);
  });

  test('never have an unsafe name', () => {
    const message = '```js ../../etc/a.js\nlet a;\n```\n```sh title="/etc/passwd"\nx\n```';
    expect(takeFiles(message)).toEqual({ text: message, files: [] });
  });
});
