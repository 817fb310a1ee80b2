import { describe, expect, it } from 'vitest';
import { packageFolderOf, readSources, type SourceFile, targetOf } from './source-files.ts';

/** Relative imports of files of another package. Tests import other packages, and fixtures, by the package's name. */
const foreignImports = ({ path, imports }: Pick<SourceFile, 'path' | 'imports'>): string[] =>
  imports
    .filter((one) => one.startsWith('.') && packageFolderOf(targetOf(path, one)) !== packageFolderOf(path))
    .map((one) => `${path}: ${one}`);

describe('imports of tests', () => {
  it('include no file of another package by path', () => {
    const imports = ['./send.ts', '../src/app.ts', '../../../packages/queue/test/queue.ts', 'vitest'];
    expect(foreignImports({ path: 'apps/api/test/one.test.ts', imports })).toEqual([
      'apps/api/test/one.test.ts: ../../../packages/queue/test/queue.ts',
    ]);
    expect(foreignImports({ path: 'test/e2e/one.test.ts', imports: ['../rules/one.ts'] })).toEqual([]);
    expect(
      foreignImports({ path: 'test/e2e/one.test.ts', imports: ['../../benchmarks/src/a.ts'] }),
    ).toHaveLength(1);

    const files = ['apps', 'packages', 'benchmarks', 'eval', 'test'].flatMap(readSources);
    expect(files.length).toBeGreaterThan(400);
    expect(files.flatMap(foreignImports)).toEqual([]);
  });
});
