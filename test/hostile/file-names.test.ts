import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { extractCode } from '../../packages/pipeline/src/code/extract.ts';
import { CORPUS, hostileText } from './corpus.ts';

/** All the places in an answer where a file name may stand. */
const answersWith = (name: string) => [
  `\`\`\`py title="${name}"\nx\n\`\`\``,
  `\`\`\`py file='${name}'\nx\n\`\`\``,
  `\`\`\`py ${name}\nx\n\`\`\``,
  `\`\`\`py:${name}\nx\n\`\`\``,
  `**${name}**\n\`\`\`\nx\n\`\`\``,
  `### File: ${name}\n~~~\nx\n~~~`,
  `\`\`\`\n# ${name}\nx\n\`\`\``,
];

const namesIn = (text: string) =>
  answersWith(text).flatMap((answer) =>
    (extractCode(answer)?.files ?? []).flatMap(({ name }) => (name === null ? [] : [name])),
  );

/** How Windows reads a part of a path: without spaces and dots at its end. */
const asWindows = (name: string) =>
  name
    .split('/')
    .map((part) => part.replace(/[ .]+$/, ''))
    .join('\\');

const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

test.each([
  '../a.py',
  'a/../../b.py',
  './../a.py',
  '/etc/a.py',
  '~/a.py',
  'C:\\a.py',
  'C:/a.py',
  '\\\\host\\share\\a.py',
  '.. /a.py',
  'a/.. /.. /b.py',
  '.../a.py',
  ' /a.py',
  'a\0.py',
  'a\n.py',
  'a\u202e.py',
  'a\ud800.py',
  'con.py',
  'CON',
  'a/nul.txt',
  'aux .py',
  'com1.js',
  'LPT9',
  'COM¹.py',
  'a.py.',
  'a.py ..',
  'a.py::$DATA',
  `${'é'.repeat(130)}.py`,
  `${'a'.repeat(300)}.py`,
])('%j is no name of a file', (name) => {
  // Cut short it may be another one, which is harmless then: what it may not be is this one.
  expect(namesIn(name).filter((found) => found === name.trim())).toEqual([]);
});

test.each(['a.py', 'src/a-b_c.py', '.github/a.yml', 'src/[id]/page.tsx', 'é/ü.py', 'console.js', 'a..b.py'])(
  '%j is one',
  (name) => {
    expect(namesIn(name)).toContain(name);
  },
);

const part = fc.constantFrom('..', '.', ' ', '/', '\\', 'a', 'con', '.py', '~', ':', '\0', 'é', '...', 'nul');
const path = fc.oneof(
  fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  hostileText,
);

test('no name leaves the folder it is joined to, on any system', () => {
  fc.assert(
    fc.property(path, (text) => {
      for (const name of namesIn(text)) {
        expect(posix.resolve('/made/code', name)).toBe(posix.join('/made/code', name));
        expect(posix.join('/made/code', name)).toMatch(/^\/made\/code\/[^/]/);
        expect(win32.resolve('C:\\out', asWindows(name))).toMatch(/^C:\\out\\[^\\]/);
        expect(name.split('/').filter((one) => DEVICES.test(one))).toEqual([]);
        expect(name.isWellFormed()).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('each name is a file that can be written, where it says and nowhere else', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'codegen-names-')));
  try {
    const texts = [...CORPUS.map(({ text }) => text), ...fc.sample(path, 200)];
    const names = new Set(texts.flatMap(namesIn).filter((name) => !name.includes('/')));
    for (const name of names) await writeFile(join(root, name), '');
    // Of names that differ in their case only, some file systems keep one.
    expect((await readdir(root)).filter((name) => !names.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(10);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
