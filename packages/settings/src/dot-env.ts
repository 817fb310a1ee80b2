import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { SettingsError } from './read.ts';

const FILE = '.env';

/**
 * Loads `.env` from the current folder, if it exists. Variables that are already set keep their values.
 * @throws SettingsError if it cannot be read or is not UTF-8
 */
export function loadDotEnv(): void {
  const bytes = readBytes();
  if (bytes === null) return;
  for (const [name, value] of Object.entries(parseEnv(decode(bytes)))) process.env[name] ??= value;
}

function readBytes(): Buffer | null {
  try {
    return readFileSync(FILE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new SettingsError(`${FILE} cannot be read (${code}); make it a file that this user can read`);
  }
}

/** Without a byte order mark, which would become part of the first name. Text in UTF-16 contains zero bytes. */
function decode(bytes: Buffer): string {
  try {
    if (bytes.includes(0)) throw new TypeError('zero byte');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SettingsError(`${FILE} is not text in UTF-8; save it in that encoding`);
  }
}
