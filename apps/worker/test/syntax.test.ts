import { buildCode } from '@codegen/pipeline';
import { closeChecker } from '@codegen/sandbox';
import { afterAll, expect, test } from 'vitest';
import { checkSyntax } from '../src/syntax.ts';

afterAll(closeChecker);

const file = (name: string | null, content: string, language: string | null = 'python', inText = true) => ({
  name,
  language,
  content,
  inText,
});
const check = (...files: ReturnType<typeof file>[]) => checkSyntax(buildCode(files));

test('names the file and the line of code that does not parse', async () => {
  expect(await check(file('a.py', 'x = 1'), file('src/b.py', 'x = 1\ndef f(:\n'))).toMatch(
    /^src\/b\.py, line 2: /,
  );
  expect(await check(file(null, 'def f(:'))).toMatch(/^line 1: /);
});

test('accepts parts of a program that parse together, and ignores blocks that are not in the code', async () => {
  const start = file(null, 'const a = {\n  b: 1,', 'javascript');
  expect(await check(start)).not.toBeNull();
  expect(await check(start, file(null, '};\n', 'javascript'))).toBeNull();
  expect(await check(file(null, 'x = 1'), file(null, 'def f(:', 'python', false))).toBeNull();
});

test('does not judge code of an unknown language', async () => {
  expect(await check(file(null, 'def f(:', null))).toBeNull();
  expect(await check(file(null, 'def f(:', 'cobol'))).toBeNull();
});
