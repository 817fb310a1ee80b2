import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSources, type SourceFile } from './source-files.ts';

const MAX_LINES = 300;
const MAX_FILES = 18;

const tooLong = (files: readonly Pick<SourceFile, 'path' | 'text'>[]): string[] =>
  files
    .map(({ path, text }) => [path, text.replace(/\n$/, '').split('\n').length] as const)
    .filter(([, lines]) => lines > MAX_LINES)
    .map(([path, lines]) => `${path}: ${lines} lines`);

function tooFull(paths: readonly string[]): string[] {
  const folders = Map.groupBy(paths, dirname);
  return [...folders]
    .filter(([, files]) => files.length > MAX_FILES)
    .map(([folder, files]) => `${folder}: ${files.length} files`);
}

describe('sizes of source files and folders', () => {
  const files = ['apps', 'packages', 'test', 'benchmarks', 'eval'].flatMap(readSources);

  it(`allow ${MAX_LINES} lines per file`, () => {
    const lines = (count: number) => 'x\n'.repeat(count);
    expect(tooLong([{ path: 'a.ts', text: lines(MAX_LINES) }])).toEqual([]);
    expect(tooLong([{ path: 'a.ts', text: lines(MAX_LINES + 1) }])).toEqual(['a.ts: 301 lines']);
    expect(tooLong(files)).toEqual([]);
  });

  it(`allow ${MAX_FILES} TypeScript files per folder`, () => {
    const paths = Array.from({ length: MAX_FILES + 1 }, (_, index) => `a/${index}.ts`);
    expect(tooFull([...paths.slice(1), 'b/1.ts'])).toEqual([]);
    expect(tooFull(paths)).toEqual(['a: 19 files']);
    expect(tooFull(files.map(({ path }) => path))).toEqual([]);
  });
});
