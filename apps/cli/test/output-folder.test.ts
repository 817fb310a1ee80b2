import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OutputError, saveFiles } from '../src/output-folder.ts';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codegen-out-'));
  out = join(folder, 'out');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const KNOWN = new Map([['a.py', 'sent']]);
const save = (files: Record<string, string>, force = false) =>
  saveFiles(
    out,
    Object.entries(files).map(([name, content]) => ({ name, content })),
    { force, known: KNOWN },
  );
const read = (name: string) => readFile(join(out, name), 'utf8');

it('writes files into the folder and folders below it', async () => {
  expect(await save({ 'a.py': 'a', 'src/deep/b.py': 'é\n' })).toEqual(['a.py', 'src/deep/b.py']);
  expect([await read('a.py'), await read('src/deep/b.py')]).toEqual(['a', 'é\n']);
  expect(await readdir(out)).toEqual(['a.py', 'src']);
});

it.each(['../a.py', 'src/../../a.py', '/etc/a.py', './a.py', 'a//b.py', '..\\a.py', 'C:a.py', 'a\0.py', ''])(
  'rejects the name %j and writes nothing',
  async (name) => {
    await expect(save({ 'ok.py': 'x', [name]: 'x' })).rejects.toThrow(/leaves the folder/);
    expect(await readdir(out)).toEqual([]);
  },
);

// A file system that ignores case takes `A.py` for `a.py`.
it('writes no file over another one of the same job', async () => {
  const both = ['one', 'two'].map((content) => ({ name: 'b.py', content }));
  await expect(saveFiles(out, both, { force: true, known: KNOWN })).rejects.toThrow(
    'another file has this name',
  );
  expect(await read('b.py')).toBe('one');
});

it.each([true, false])('writes through no symbolic link, with force %s', async (force) => {
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(out);
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'a.py'), 'theirs');
  await symlink(elsewhere, join(out, 'src'));
  await symlink(join(elsewhere, 'a.py'), join(out, 'a.py'));
  await symlink(join(elsewhere, 'new.py'), join(out, 'b.py'));
  await expect(save({ 'src/c.py': 'x' }, force)).rejects.toThrow('src is not a folder');
  await expect(save({ 'a.py': 'x' }, force)).rejects.toThrow('not a regular file');
  await expect(save({ 'b.py': 'x' }, force)).rejects.toThrow('not a regular file');
  expect(await readdir(elsewhere)).toEqual(['a.py']);
  expect(await readFile(join(elsewhere, 'a.py'), 'utf8')).toBe('theirs');
});

it('accepts a folder that is itself a symbolic link', async () => {
  await mkdir(join(folder, 'real'));
  await symlink(join(folder, 'real'), out);
  await save({ 'a.py': 'x' });
  expect(await readFile(join(folder, 'real', 'a.py'), 'utf8')).toBe('x');
});

it('writes over a file with the content that was sent, and keeps its permissions', async () => {
  await mkdir(out);
  await writeFile(join(out, 'a.py'), 'sent');
  await chmod(join(out, 'a.py'), 0o755);
  expect(await save({ 'a.py': 'new' })).toEqual(['a.py']);
  expect(await read('a.py')).toBe('new');
  expect((await stat(join(out, 'a.py'))).mode & 0o777).toBe(0o755);
});

it('writes over a changed file only with force, and names each such file', async () => {
  await mkdir(out);
  for (const name of ['a.py', 'b.py']) await writeFile(join(out, name), 'changed');
  const files = { 'a.py': 'new', 'b.py': 'new', 'c.py': 'new' };
  const failure = await save(files).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OutputError);
  expect(String(failure)).toMatch(/a\.py: it exists.*\nb\.py: it exists/);
  expect([await readdir(out), await read('a.py')]).toEqual([['a.py', 'b.py'], 'changed']);
  await save(files, true);
  expect([await read('a.py'), await read('b.py'), await read('c.py')]).toEqual(['new', 'new', 'new']);
});

it('does not write a file that has the same content', async () => {
  await save({ 'a.py': 'x' });
  expect(await save({ 'a.py': 'x' })).toEqual([]);
});
