import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

/** The TypeScript files in a folder of the project and below, without installed packages. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry): SourceFile[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : readSources(path);
    if (!/\.tsx?$/.test(entry.name)) return [];
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [{ path, text, imports: importsOf(text) }];
  });
}

/** The file that a relative import names, relative to the project. */
export const targetOf = (path: string, specifier: string) =>
  relative(ROOT, resolve(ROOT, dirname(path), specifier));

/** The folder of the package that a file belongs to, such as `apps/api` or `test`. */
export const packageFolderOf = (path: string) => /^(?:apps|packages)\/[^/]+|^[^/]+/.exec(path)?.[0] ?? '';

const IMPORT =
  /^(?:import|export)\s[^'"=();]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** Specifiers of all imports and re-exports, in the order of the text. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Imports that remain when types are stripped. */
export const valueImportsOf = (text: string): string[] =>
  importsOf(text.replace(/^(?:import|export) type\s[^;]*;$/gm, ''));
