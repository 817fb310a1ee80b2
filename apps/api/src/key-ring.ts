import { readFile } from 'node:fs/promises';
import { setInterval } from 'node:timers/promises';
import { SettingsError } from '@codegen/settings';
import type { Logger } from 'pino';
import { type ApiKey, parseKeys } from './api-keys.ts';

/** Who may use the API, as it stands. */
export interface KeyRing {
  /** Null: nobody is asked for a key. */
  current(): readonly ApiKey[] | null;
  close(): void;
}

interface Sources {
  readonly API_KEYS: readonly ApiKey[];
  readonly API_KEYS_FILE?: string | undefined;
}

/** Milliseconds between looks at the file. Its text is compared: file systems tell of changes in too many ways. */
const RECHECK_MS = 2_000;

/**
 * The keys of the settings and those of a file, which is read again when it changes; one that cannot be read then, or
 * has a line that is no key, changes nothing. @throws SettingsError if it is so from the start
 */
export async function openKeyRing(
  { API_KEYS, API_KEYS_FILE: path }: Sources,
  log: Pick<Logger, 'info' | 'error'>,
  recheckMs = RECHECK_MS,
): Promise<KeyRing> {
  if (path === undefined) return { current: () => (API_KEYS.length === 0 ? null : API_KEYS), close() {} };
  let last = await readText(path);
  if ('fault' in last) throw new SettingsError(`API_KEYS_FILE ${last.fault}`);
  let keys = last.keys;

  const look = async () => {
    const next = await readText(path);
    if (next.text === last.text) return;
    last = next;
    if ('fault' in next)
      return log.error({ why: next.fault }, 'API_KEYS_FILE was not taken: the keys stay as they were');
    keys = next.keys;
    log.info({ keys: keys.length }, 'API_KEYS_FILE was read again');
  };
  const closing = new AbortController();
  const watch = async () => {
    for await (const _ of setInterval(recheckMs, null, { signal: closing.signal, ref: false })) await look();
  };
  watch().catch(() => {});
  return { current: () => [...API_KEYS, ...keys], close: () => closing.abort() };
}

type Content = { readonly text: string | null } & (
  | { readonly keys: readonly ApiKey[] }
  | { readonly fault: string }
);

/** A key a line; lines that begin with # are for people. */
async function readText(path: string): Promise<Content> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return { text: null, fault: `cannot be read (${text.code})` };
  const lines = text.split('\n').map((line) => line.trim());
  const keys = parseKeys(lines.filter((line) => line !== '' && !line.startsWith('#')));
  if (keys === null)
    return { text, fault: 'has a line that is no name:hash pair, or one hash for two names' };
  // As when it is about to be written.
  return keys.length === 0 ? { text, fault: 'has no key' } : { text, keys };
}
