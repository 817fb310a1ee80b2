import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { safeFileName } from '@codegen/pipeline';
import { UsageError } from '@codegen/settings';
import type { OutputFile } from './output-folder.ts';

/** A file of `--file` cannot be sent. */
export class RequestFileError extends UsageError {}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the files that a request is about. Each is named by its path below the current folder, or else by its base name.
 * @throws RequestFileError if one cannot be read, is not text in UTF-8 or has a name that the service refuses, or two have
 * the same name
 */
export async function readRequestFiles(paths: readonly string[]): Promise<readonly OutputFile[]> {
  const files = await Promise.all(paths.map(readOne));
  const names = files.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new RequestFileError(`--file: two files have the name ${repeated}`);
  return files;
}

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no file ${path}`,
  EISDIR: (path) => `${path} is a folder; name its files, each after a --file`,
  EACCES: (path) => `you may not read ${path}`,
};

async function readOne(path: string): Promise<OutputFile> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new RequestFileError(`--file: ${REASONS[error.code ?? '']?.(path) ?? error.message}`);
  });
  const name = nameOf(path);
  if (safeFileName(name) !== name)
    throw new RequestFileError(
      `--file: rename ${JSON.stringify(name)}: a name has no control characters and none of \\ < > : " | ? *`,
    );
  try {
    return { name, content: utf8.decode(bytes) };
  } catch {
    throw new RequestFileError(`--file: ${path} is not text in UTF-8`);
  }
}

function nameOf(path: string): string {
  const below = relative('.', resolve(path));
  return below.startsWith('..') || isAbsolute(below) ? basename(path) : below.split(sep).join('/');
}
