import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '@codegen/testing/process/program';

const run = promisify(execFile);

/** A temporary folder that is deleted at the end. */
export async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), 'codegen-package-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Packs the package of this name into a folder. @returns the path of its tarball */
export async function pack(name: string, folder: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, 'scripts/pack/main.ts'), '--out', folder, name]);
  return stdout.trim();
}

/** This Node and, if this machine has one, the first other Node in PATH that this repository did not install. */
export async function nodes(): Promise<readonly (readonly [version: string, path: string])[]> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const other = folders
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => existsSync(path));
  const found = new Map([[process.version, process.execPath]]);
  if (other !== undefined) found.set((await run(other, ['--version'])).stdout.trim(), other);
  return [...found];
}
