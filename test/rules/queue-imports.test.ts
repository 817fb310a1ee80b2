import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edgesOf, findCircle } from './import-circles.ts';
import { ROOT, readSources } from './source-files.ts';

describe('the queue package', () => {
  const SOURCES = 'packages/queue/src';
  const FOLDERS = ['flow', 'models', 'presence', 'programs', 'redis', 'runs', 'webhooks'];
  const TOP_LEVEL = ['config.ts', 'index.ts', 'runs.ts', 'stage-worker.ts', 'testing.ts'];
  const own = readSources(SOURCES);
  const nameOf = (path: string) => relative(SOURCES, path);
  const folderOf = (name: string) => name.slice(0, name.indexOf('/'));
  const isTopLevel = (name: string) => !name.includes('/');
  const imports = own.flatMap(({ path, imports }) =>
    imports
      .filter((one) => one.startsWith('.'))
      .map((one) => [nameOf(path), nameOf(join(dirname(path), one))] as const),
  );

  it('has the folders and top-level files that these rules name', () => {
    const names = own.map(({ path }) => nameOf(path));
    expect(names.filter(isTopLevel).toSorted()).toEqual(TOP_LEVEL);
    const inFolders = names.filter((name) => !isTopLevel(name));
    expect([...new Set(inFolders.map(folderOf))].toSorted()).toEqual(FOLDERS);
  });

  it('has no circle of imports between its files', () => {
    // Types of settings are used everywhere.
    expect(findCircle(edgesOf(imports.filter(([, to]) => to !== 'config.ts')))).toBeNull();
  });

  it('has no circle of imports between its folders', () => {
    const between = imports.filter(([from, to]) => !isTopLevel(from) && !isTopLevel(to));
    expect(findCircle(edgesOf(between.map(([from, to]) => [folderOf(from), folderOf(to)])))).toBeNull();
  });

  it('has no folder that imports a top-level file, but for types of config.ts', () => {
    const upward = imports.filter(([from, to]) => !isTopLevel(from) && isTopLevel(to));
    expect(upward.filter(([, to]) => to !== 'config.ts')).toEqual([]);
    const values = own
      .filter(({ path }) => !isTopLevel(nameOf(path)))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from '(?:\.\.\/)+config\.ts'/gm)].map(
          () => path,
        ),
      );
    expect(values).toEqual([]);
  });

  it('loads every Lua command file, and no other', () => {
    const fileOf = (name: string) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.lua`;
    const loaded = own.flatMap(({ text }) =>
      [...text.matchAll(/\bloadScripts\(\w+, '(\w+)', \[([^\]]*)\]/g)].flatMap(([, folder, names = '']) =>
        [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => `${folder}/${fileOf(name)}`),
      ),
    );
    const all = readdirSync(join(ROOT, SOURCES, 'redis', 'scripts'), { recursive: true, encoding: 'utf8' });
    const files = all.filter((name) => name.endsWith('.lua'));
    expect([...new Set(loaded)].toSorted()).toEqual(files.toSorted());
  });

  it('finds circles between its files and folders in these rules', () => {
    const path = [
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
      ['c', 'c'],
    ] as const;
    expect(findCircle(edgesOf(path))).toBeNull();
    expect(findCircle(edgesOf([...path, ['c', 'b']]))).toEqual(['b', 'c', 'b']);
  });
});
