import { describe, expect, test } from 'vitest';
import { sameCode, similarity } from '../../src/code/code.ts';
import { extractCode } from '../../src/code/extract.ts';

const fence = (info: string, content: string, mark = '```') => `${mark}${info}\n${content}\n${mark}`;

describe('no code', () => {
  test.each([
    '',
    '\n',
    '```',
    '```python',
    '```\n\n```',
    'Here:\n```py\n   \n```\n',
    '<think>x',
    '<think>\n```py\nx\n```',
  ])('in %j', (text) => {
    expect(extractCode(text)).toBeNull();
  });
});

test('a file whose name is written in two forms of its characters is one file, in its last version', () => {
  const answer = `${fence('python title="e\u0301.py"', 'x = 1')}\n${fence('python title="\u00E9.py"', 'x = 2')}`;
  expect(extractCode(answer)?.files).toMatchObject([{ name: '\u00E9.py', content: 'x = 2' }]);
});

describe('one block', () => {
  test.each([
    ['backticks', fence('', 'x')],
    ['tildes', fence('', 'x', '~~~')],
    ['a longer closing fence', '```\nx\n`````'],
    ['prose around it', `Some.\n${fence('', 'x')}\nMore.`],
    ['up to 3 spaces in', '   ```\n   x\n   ```'],
    ['in a list item', '1. Do:\n\n      ```\n      x\n      ```\n2. Done'],
    ['in a nested list item', '- a\n  - b\n\n      ```\n      x\n      ```'],
    ['on the line of a list item', '- ```\n  x\n  ```'],
    ['closed further left', '10. Do:\n    ```\n    x\n```'],
    ['unclosed', 'Some.\n```\nx\n\n'],
    ['CRLF', 'Some.\r\n```\r\nx\r\n```\r\n'],
    ['a byte order mark', `\uFEFF${fence('', 'x')}`],
    ['blank lines in it', fence('', '\n \nx \n\n')],
  ])('%s', (_, text) => {
    expect(extractCode(text)).toEqual({
      text: 'x',
      language: null,
      files: [{ name: null, language: null, content: 'x', inText: true }],
    });
  });

  test.each([
    ['a shorter fence', '````md\n```py\nx\n```\n````', '```py\nx\n```'],
    ['the other mark', '~~~md\n```py\nx\n```\n~~~', '```py\nx\n```'],
    ['a fence with an info string', '```py\n```js\nx\n```', '```js\nx'],
    [
      'fences of the same length in markdown',
      '```markdown\n# A\n```sh\nls\n```\nB\n```',
      '# A\n```sh\nls\n```\nB',
    ],
    ['a fence in a list item', '```md\n- ```\n```', '- ```'],
    ['indentation', '```\n    a\n  b\n```', '    a\n  b'],
    ['what the fence was indented by, at most', '  ```\n    a\n b\n  ```', '  a\nb'],
  ])('holds %s', (_, text, code) => {
    expect(extractCode(text)?.text).toBe(code);
  });

  test('a code span over a line is no fence', () => {
    expect(extractCode('```not a fence``` is a code span')).toBeNull();
  });

  test('the end of a block without its beginning', () => {
    const code = 'import os\n\nprint(os.name)';
    expect(extractCode(`${code}\n\`\`\``)?.text).toBe(code);
    expect(extractCode(`${code}\n\`\`\`\nThis prints the name of the system.`)?.text).toBe(code);
  });
});

describe('language', () => {
  test.each([
    ['py', 'python'],
    ['Python', 'python'],
    ['js', 'javascript'],
    ['ts', 'typescript'],
    ['sh', 'bash'],
    ['shell', 'bash'],
    ['golang', 'go'],
    ['c++', 'cpp'],
    ['c#', 'csharp'],
    ['yml', 'yaml'],
    ['  rust  ', 'rust'],
    ['{.python .numberLines}', 'python'],
    ['python {1,3}', 'python'],
    ['js{1,3}', 'javascript'],
    ['python:app.py', 'python'],
    ['language-ruby', 'ruby'],
    ['brainfuck', 'brainfuck'],
    ['constructor', 'constructor'],
    ['src/app.rs', 'rust'],
    ['title="app.go"', 'go'],
    ['"><script>', null],
    ['', null],
  ])('%j is %j', (info, language) => {
    expect(extractCode(fence(info, 'x'))).toMatchObject({ language, files: [{ language }] });
  });
});

describe('file name', () => {
  test.each([
    ['an attribute', fence('python title="src/my app.py"', 'x'), 'src/my app.py'],
    ['another attribute', fence("js {filename='a.js'}", 'x'), 'a.js'],
    ['a second word', fence('python app.py', 'x'), 'app.py'],
    ['after a colon', fence('python:./src/app.py', 'x'), 'src/app.py'],
    ['the only word', fence('app.py', 'x'), 'app.py'],
    ['no language', fence('Dockerfile', 'x'), 'Dockerfile'],
    ['bold', `**app.py**\n\n${fence('python', 'x')}`, 'app.py'],
    ['bold with a colon', `**\`app.py\`:**\n${fence('python', 'x')}`, 'app.py'],
    ['a code span', `\`src/app.py\`\n${fence('python', 'x')}`, 'src/app.py'],
    ['a heading', `### 1. app.py\n### app.py\n${fence('python', 'x')}`, 'app.py'],
    ['a label', `File: app.py\n${fence('python', 'x')}`, 'app.py'],
    ['a sentence', `Save this as \`app.py\`:\n${fence('python', 'x')}`, 'app.py'],
    ['a sentence about another file', `It reads \`data.json\`:\n${fence('python', 'x')}`, null],
    ['a comment', fence('python', '# src/app.py\nx'), 'src/app.py'],
    ['a comment behind a shebang', fence('bash', '#!/bin/sh\n# run.sh\nx'), 'run.sh'],
    ['a comment in HTML', fence('html', '<!-- index.html -->\n<p>'), 'index.html'],
    ['a labelled comment', fence('css', '/* File: a.css */\nx'), 'a.css'],
    ['a comment that says more', fence('python', '# app.py does it all\nx'), null],
    ['a product', `### Node.js\n${fence('js', 'x')}`, null],
    ['a heading above commands', `### app.py\n${fence('bash', 'python app.py')}`, null],
    ['a parent folder', fence('python title="../app.py"', 'x'), null],
    ['a parent folder inside', fence('python title="a/../../app.py"', 'x'), null],
    ['an absolute path', fence('python title="/etc/app.py"', 'x'), null],
    ['a home folder', fence('python title="~/app.py"', 'x'), null],
    ['a drive', fence('python title="C:app.py"', 'x'), null],
    ['a backslash', fence('python title="a\\app.py"', 'x'), null],
    ['a control character', fence('python title="a\u0000.py"', 'x'), null],
    ['a direction override', fence('python title="a\u202Eyp.py"', 'x'), null],
    ['a lone surrogate', fence('python title="a\uD800.py"', 'x'), null],
    ['the end of a comment', fence('css title="*/.css"', 'x'), null],
    ['too long', fence(`python title="${'a'.repeat(300)}.py"`, 'x'), null],
  ])('from %s', (_, text, name) => {
    expect(extractCode(text)?.files[0]?.name).toBe(name);
  });
});

describe('several blocks', () => {
  test('of one language are joined by a blank line', () => {
    const text = `${fence('py', 'a = 1')}\nThen:\n${fence('python', 'b = 2')}`;
    expect(extractCode(text)).toEqual({
      text: 'a = 1\n\nb = 2',
      language: 'python',
      files: [
        { name: null, language: 'python', content: 'a = 1', inText: true },
        { name: null, language: 'python', content: 'b = 2', inText: true },
      ],
    });
  });

  test('are headed by name, else by language, in the comments of their language', () => {
    const blocks = [
      fence('html', '<p>'),
      fence('css title="a.css"', 'p {}'),
      fence('js', 'f()'),
      fence('python', '# app.py\nf()'),
      fence('', 'x'),
    ];
    expect(extractCode(blocks.join('\n\n'))).toMatchObject({
      text: '<!-- html -->\n<p>\n\n/* a.css */\np {}\n\n// javascript\nf()\n\n# app.py\nf()',
      language: null,
    });
  });

  test.each([
    ['its output', fence('text', '3')],
    ['its output on a console', fence('console', '$ python a.py\n3')],
    ['its output without a language', `**Output:**\n${fence('', '3')}`],
    ['a tree of files', fence('', 'app/\n├── a.py\n└── b.py')],
    ['its installation', fence('bash', '# first\npip install x\n\npython a.py --fast')],
    ['a long command', fence('sh', 'docker run \\\n  -p 80:80 \\\n  app')],
    ['commands without a language', fence('', '$ npm install x')],
  ])('leave %s out of the text, not out of the files', (_, aside) => {
    const code = extractCode(`${aside}\nSee:\n${fence('python', 'print(3)')}`);
    expect(code).toMatchObject({ text: 'print(3)', language: 'python' });
    expect(code?.files.map(({ inText }) => inText)).toEqual([false, true]);
  });

  test.each([
    ['a script', fence('bash', 'for f in *; do echo "$f"; done'), fence('python', 'x')],
    ['a text with a name', `**requirements.txt**\n${fence('text', 'zod')}`, fence('python', 'x')],
    [
      'commands, where there is nothing else',
      fence('bash', 'apt install nginx'),
      fence('bash', 'systemctl start nginx'),
    ],
    ['text, where there is nothing else', fence('text', 'a'), fence('text', 'b')],
  ])('keep %s', (_, one, other) => {
    const code = extractCode(`${one}\n${other}`);
    for (const file of code!.files) expect(code!.text).toContain(file.content);
  });

  test('that repeat each other are kept once, the one with a name first of all', () => {
    const text = [
      fence('py', 'x = 1'),
      fence('py', 'x = 1 '),
      fence('py a.py', 'x = 1'),
      fence('py a.py', 'x = 1'),
    ];
    expect(extractCode(text.join('\n'))?.files).toEqual([
      { name: 'a.py', language: 'python', content: 'x = 1', inText: true },
    ]);
    const empty = [fence('py a/__init__.py', '#'), fence('py b/__init__.py', '#')];
    expect(extractCode(empty.join('\n'))?.files).toHaveLength(2);
  });
});

test.each([
  ['a = 1\nb = 2', 'a = 1\r\nb = 2\r\n', true],
  ['a = 1  \nb = 2\t', '\n\na = 1\nb = 2', true],
  ['', ' \n', true],
  ['say("a b")', 'say("ab")', false],
  ['if a:\n  b\nc', 'if a:\n  b\n  c', false],
  ['a', 'b', false],
  ['a', '', false],
])('%j and %j are the same: %j', (a, b, same) => {
  expect(sameCode(a, b)).toBe(same);
});

test.each([
  ['', '', 1],
  ['a', '', 0],
  ['a\nb', 'b\n\n  a', 1],
  ['a\nb', 'a\nc', 1 / 3],
  ['a\na', 'a', 1 / 2],
  ['f(a,b)', 'f(a, b)', 1],
])('%j and %j are %d alike', (a, b, likeness) => {
  expect(similarity(a, b)).toBe(likeness);
});
