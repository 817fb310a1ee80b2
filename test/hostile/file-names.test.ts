import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { extractCode } from '@codegen/pipeline/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CORPUS, hostileText } from './corpus.ts';

/** Answers with a file name in every supported place. */
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

/** Windows removes spaces and dots at the end of each part of a path. */
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
])('rejects the file name %j', (name) => {
  // A shortened, harmless name may be found instead.
  expect(namesIn(name).filter((found) => found === name.trim())).toEqual([]);
});

test.each(['a.py', 'src/a-b_c.py', '.github/a.yml', 'src/[id]/page.tsx', 'é/ü.py', 'console.js', 'a..b.py'])(
  'accepts the file name %j',
  (name) => {
    expect(namesIn(name)).toContain(name);
  },
);

const part = fc.constantFrom('..', '.', ' ', '/', '\\', 'a', 'con', '.py', '~', ':', '\0', 'é', '...', 'nul');
const path = fc.oneof(
  fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  hostileText,
);

test('no file name leaves its folder on POSIX or Windows', () => {
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

test('a file can be written under each name, and no other file appears', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'codegen-names-')));
  try {
    const texts = [...CORPUS.map(({ text }) => text), ...fc.sample(path, 200)];
    const names = new Set(texts.flatMap(namesIn).filter((name) => !name.includes('/')));
    for (const name of names) await writeFile(join(root, name), '');
    // On case-insensitive file systems, names that differ only in case are one file.
    expect((await readdir(root)).filter((name) => !names.has(name))).toEqual([]);
    expect(names.size).toBeGreaterThan(10);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
