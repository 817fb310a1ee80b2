import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder that `npm pack` turns into a package. */
export interface PackedFolder {
  /** The folder of this repository. */
  readonly root: string;
  readonly folder: string;
}

/** Compiles a folder of TypeScript sources for Node and browsers. @throws Error with the output of tsc */
export function compile(root: string, options: readonly string[], source: string, out: string) {
  const always = ['--ignoreConfig', '--strict', '--module', 'nodenext'];
  const args = [
    ...always,
    ...options,
    '--types',
    '',
    '--rootDir',
    source,
    '--outDir',
    out,
    join(source, 'index.ts'),
  ];
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], {
      encoding: 'utf8',
    });
  } catch (error) {
    throw new Error(`tsc failed:\n${(error as { stdout?: string }).stdout ?? ''}`);
  }
}

/** Writes the package.json: name and version of the workspace package, license of the root, and the given fields. */
export function writeManifest(root: string, folder: string, of: string, fields: object) {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
  const { name, version } = read(of);
  const manifest = { name, version, license: read('.').license, type: 'module', ...fields };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
