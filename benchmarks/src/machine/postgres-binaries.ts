import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { searchPath } from '../config.ts';

/** Debian keeps the server outside the PATH, a folder for each version. */
const DEBIAN = '/usr/lib/postgresql';

/** The folder of PostgreSQL's programs, the newest of Debian's if none is on the PATH; or null. */
export function findPostgres(): string | null {
  const folders = [
    ...searchPath().split(delimiter),
    ...versions().map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => folder !== '' && isExecutable(join(folder, 'postgres'))) ?? null;
}

function versions(): string[] {
  try {
    return readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
