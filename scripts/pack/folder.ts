import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder that `npm pack` turns into a package. */
export interface PackedFolder {
  /** The folder of this repository. */
  readonly root: string;
  readonly folder: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

interface Compilation {
  /** The folder whose structure the output repeats. */
  readonly rootDir: string;
  readonly files: readonly string[];
  readonly out: string;
}

/** Compiles TypeScript sources with `options` of tsc. @throws Error with the output of tsc */
export function compile(root: string, options: readonly string[], { rootDir, files, out }: Compilation) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const common = ['--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
  const args = [tsc, ...common, ...options, '--rootDir', rootDir, '--outDir', out, ...files];
  try {
    execFileSync(process.execPath, args, { encoding: 'utf8' });
  } catch (error) {
    throw new Error(`tsc failed:\n${(error as { stdout?: string }).stdout ?? ''}`);
  }
}

export const readManifest = (root: string, path: string): Manifest =>
  JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));

/** Writes the package.json: name and version of the workspace package, license of the root, and the given fields. */
export function writeManifest(root: string, folder: string, of: string, fields: object) {
  const { name, version } = readManifest(root, of);
  const { license } = readManifest(root, '.');
  const manifest = { name, version, license, type: 'module', ...fields };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
