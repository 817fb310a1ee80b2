import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { parseEnv } from 'node:util';
import { SettingsError } from './read.ts';

const FILE = '.env';
const MAX_BYTES = 1_048_576;

/**
 * Loads `.env` from the current folder, if it exists. Variables that are already set keep their values.
 * @throws SettingsError if it cannot be read, has more than 1 MiB or is not UTF-8
 */
export function loadDotEnv(): void {
  const bytes = readBytes();
  if (bytes === null) return;
  for (const [name, value] of Object.entries(parseEnv(decode(bytes)))) process.env[name] ??= value;
}

/** Null if there is no file. */
function readBytes(): Buffer | null {
  let file: number | null = null;
  try {
    // A named pipe would block the process until somebody writes to it.
    file = openSync(FILE, constants.O_RDONLY | constants.O_NONBLOCK);
    return readFrom(file);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new SettingsError(`${FILE} cannot be read (${code}); make it a file that this user can read`);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function readFrom(file: number): Buffer {
  const kind = kindOf(fstatSync(file));
  if (kind !== 'file')
    throw new SettingsError(`${FILE} is a ${kind}; replace it by a text file, or remove it`);
  const bytes = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(file, bytes, length, bytes.length - length, null);
  }
  if (length > MAX_BYTES) {
    throw new SettingsError(`${FILE} has more than 1 MiB; keep only lines such as NAME=value in it`);
  }
  return bytes.subarray(0, length);
}

/** A character device, such as /dev/null, is read as a file. */
function kindOf(stats: Stats): 'file' | 'folder' | 'named pipe' | 'device' {
  if (stats.isFile() || stats.isCharacterDevice()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isFIFO() ? 'named pipe' : 'device';
}

/** Without a byte order mark, which would become part of the first name. Text in UTF-16 contains zero bytes. */
function decode(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  if (zero >= 0) {
    const line = lineAt(bytes, zero);
    throw new SettingsError(
      `${FILE} has a zero byte in line ${line}: it is in UTF-16 or damaged; save it as text in UTF-8`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    const line = text.slice(0, text.indexOf('\ufffd')).split('\n').length;
    throw new SettingsError(`${FILE} is not text in UTF-8 from line ${line} on; save it in that encoding`);
  }
}

const lineAt = (bytes: Buffer, index: number) =>
  bytes.subarray(0, index).toString('latin1').split('\n').length;
