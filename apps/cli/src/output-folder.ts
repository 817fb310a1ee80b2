import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobFile } from '@codegen/client';
import { defaultName } from '@codegen/pipeline';

export interface OutputFile {
  /** Relative path with `/`, as the service sends it. */
  readonly name: string;
  readonly content: string;
}

/** Files cannot be written, for the reasons in the message. None of them was, unless it says so. */
export class OutputError extends Error {}

export interface SaveOptions {
  /** Writes over changed files. */
  readonly force: boolean;
  /** Contents by name that this command sent or wrote. A file with this content was not changed by anybody else. */
  readonly known: ReadonlyMap<string, string>;
}

interface Target extends OutputFile {
  readonly path: string;
  /** Permissions of the file that is replaced; null if there is none. */
  readonly mode: number | null;
}

/**
 * Writes files into a folder, which is created if needed. Checks all of them first.
 * @returns the names of the files that were written; others had the same content
 * @throws OutputError if a name leaves the folder, a path leads through a symbolic link or over another kind of file, or
 * a file was changed
 */
export async function saveFiles(
  folder: string,
  files: readonly OutputFile[],
  options: SaveOptions,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  const targets: Target[] = [];
  const faults: string[] = [];
  for (const file of files) {
    const found = await inspect(root, file, options);
    if (typeof found === 'string') faults.push(`${file.name}: ${found}`);
    else if (found !== null) targets.push(found);
  }
  if (faults.length > 0) throw new OutputError(faults.join('\n'));
  for (const target of targets) await write(root, target);
  return targets.map(({ name }) => name);
}

/** The target of a file, null if it has this content already, or why it cannot be written. */
async function inspect(root: string, file: OutputFile, { force, known }: SaveOptions) {
  const parts = file.name.split('/');
  if (!parts.every(isPlainPart)) return 'the name leaves the folder';
  for (let depth = 1; depth < parts.length; depth += 1) {
    const stats = await lstat(join(root, ...parts.slice(0, depth))).catch(absent);
    if (stats === null) break;
    if (!stats.isDirectory()) return `${parts.slice(0, depth).join('/')} is not a folder`;
  }
  const path = join(root, ...parts);
  const stats = await lstat(path).catch(absent);
  if (stats === null) return { ...file, path, mode: null };
  if (!stats.isFile()) return 'it is not a regular file';
  const content = await readFile(path, 'utf8');
  if (content === file.content) return null;
  if (force || content === known.get(file.name)) return { ...file, path, mode: stats.mode };
  return 'it exists with other content; use --force to write over it';
}

/** Checked again here, because the service at CODEGEN_URL may be any. */
const isPlainPart = (part: string) => !['', '.', '..'].includes(part) && !/[\\:\0]/.test(part);

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/**
 * Replaces the file in one step, so that it is never half written and no symbolic link is followed. A file that was not
 * there before has been written meanwhile: file systems may ignore case or the form of characters in names.
 */
async function write(root: string, { name, path, content, mode }: Target) {
  const folders = name.split('/').slice(0, -1);
  if (folders.length > 0) await mkdir(join(root, ...folders), { recursive: true });
  if (mode === null && (await lstat(path).catch(absent)) !== null)
    throw new OutputError(`${name}: another file has this name here; the files before it were written`);
  const temporary = `${path}.${randomUUID()}`;
  try {
    const handle = await open(temporary, 'wx', mode ?? 0o666);
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The files of a job under names that they can be written to, each ending with a line end. */
export function namedFiles(files: readonly JobFile[]): readonly OutputFile[] {
  const names = new Set(files.map(({ name }) => name));
  return files.map(({ name: given, language, content }) => {
    const name = given ?? defaultName(language, (one) => names.has(one));
    names.add(name);
    return { name, content: content.endsWith('\n') ? content : `${content}\n` };
  });
}
