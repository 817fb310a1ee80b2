import { describe, expect, test } from 'vitest';
import { hasElision } from '../../src/code/elision.ts';
import { readAnswer } from '../../src/code/extract.ts';

describe('a line that says that code is left out', () => {
  test.each([
    '# ... rest unchanged ...',
    '# … rest unchanged …',
    '// ... existing code ...',
    '    // ...existing code...',
    '/* ... rest of the file stays the same ... */',
    '{/* ... rest of the component remains unchanged ... */}',
    '<!-- ... existing markup ... -->',
    '# rest of the code remains the same',
    '// The rest of the code remains unchanged.',
    '// (rest of the implementation is unchanged)',
    '# [rest of the code unchanged]',
    '-- ... remaining code unchanged ...',
    '; ... existing code ...',
    '// ... (same as before)',
    '# ... (previous code) ...',
    '// ... other methods ...',
    '# ... other imports ...',
    '# existing code here',
    '// existing code remains unchanged',
    '// Previous methods remain the same',
    '// unchanged code omitted for brevity',
    '# omitted for brevity',
    '// code omitted for brevity',
    '... rest of the code ...',
    '[... rest of the file unchanged ...]',
    '# ... your existing code ...',
    '// ... rest of your code here ...',
    '// ... 其余代码保持不变 ...',
    '# ... Rest des Codes unverändert ...',
    '// ... reste du code inchangé ...',
    '// ... resto del código sin cambios ...',
    '// ... остальной код без изменений ...',
    '# ... 残りのコードは変更なし ...',
  ])('is found: %s', (line) => {
    expect(hasElision(`def add(a, b):\n    return a + b\n${line}\n`)).toBe(true);
  });

  test.each([
    '    ...',
    '# ...',
    '...rest',
    '    ...rest,',
    'const [first, ...rest] = values;',
    '# the rest of the arguments are passed on',
    '// Keep the rest of the line.',
    '// ... and the rest of the arguments',
    '# same as above, but for lists',
    '# Existing files are kept.',
    '# TODO: implement the rest',
    '// Skip unchanged files',
    '# previous value',
    '/* unchanged */',
    'print("... rest of the code unchanged ...")',
    'x = "existing code"  # ... rest',
    '# Returns the remaining code points.',
    '// See the code above.',
    '# Copy the existing code here before it is overwritten by the next call.',
    '// the same as before',
    '-- other code',
  ])('is not seen in: %s', (line) => {
    expect(hasElision(`def add(a, b):\n    return a + b\n${line}\n`)).toBe(false);
  });
});

const block = (info: string, content: string) => `\`\`\`${info}\n${content}\n\`\`\`\n\n`;
const program =
  'def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a * b';
const elided = 'def add(a, b):\n    return b + a\n\n# ... rest of the code unchanged ...';

describe('an answer that leaves out code', () => {
  test.each<[string, string]>([
    ['in its only block', block('python', elided)],
    ['without a fence', elided],
    ['in one of its files', block('python title="a.py"', program) + block('python title="b.py"', elided)],
    [
      'in the last version of a file',
      block('python title="a.py"', program) + block('python title="a.py"', elided),
    ],
    ['in the longer of its blocks', block('python', 'import os\nprint(os.name)') + block('python', elided)],
    [
      'in a block of another language',
      block('python', program) + block('js', 'f();\n// ... existing code ...'),
    ],
  ])('has no code: %s', (_, text) => {
    expect(readAnswer(text)).toMatchObject({ code: null, isElided: true });
  });

  test('has code if a block without a name only shows a part of a longer one', () => {
    const { code, ignored } = readAnswer(
      block('python', program) + block('python', elided.replace('\n\n', '\n')),
    );
    expect(code?.text).toBe(program);
    expect(ignored).toMatchObject([{ reason: 'elided' }]);
  });

  test('has code if the file is written in full later', () => {
    const text = block('python title="a.py"', elided) + block('python title="a.py"', program);
    expect(readAnswer(text).code?.text).toBe(program);
  });
});
