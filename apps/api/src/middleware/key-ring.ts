import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { setInterval } from 'node:timers/promises';
import type { CallerLimits } from '@codegen/queue';
import { SettingsError } from '@codegen/settings';
import type { Logger } from 'pino';
import { z } from 'zod';

/** A caller and the SHA-256 digest of its key. The key itself is never stored. */
export interface ApiKey {
  readonly caller: string;
  readonly digest: Buffer;
  /** The same in all keys of the caller that have some. */
  readonly limits?: KeyLimits;
}

const ENTRY = /^([a-z0-9][a-z0-9_-]{0,39}):([0-9a-f]{64})$/;

/**
 * Parses `name:hash` pairs with optional limits, such as `alice:<sha256> open-jobs=5`. An entry that is malformed, whose
 * hash has another name before or whose name has other limits before, is left out.
 */
function parseKeys(entries: readonly string[]): { keys: readonly ApiKey[]; isValid: boolean } {
  const callers = new Map<string, string>();
  const keys: ApiKey[] = [];
  for (const entry of entries) {
    const [pair = '', ...words] = entry.trim().split(/\s+/);
    const [, caller, hash] = ENTRY.exec(pair.toLowerCase()) ?? [];
    const limits = readKeyLimits(words);
    if (caller === undefined || hash === undefined || (callers.get(hash) ?? caller) !== caller) continue;
    if (limits === null || (words.length > 0 && contradicts(keys, caller, limits))) continue;
    callers.set(hash, caller);
    keys.push({ caller, digest: Buffer.from(hash, 'hex'), ...(words.length > 0 && { limits }) });
  }
  return { keys, isValid: keys.length === entries.length };
}

function contradicts(keys: readonly ApiKey[], caller: string, limits: KeyLimits): boolean {
  const other = keys.find((key) => key.caller === caller && key.limits !== undefined)?.limits;
  return other !== undefined && JSON.stringify(other) !== JSON.stringify(limits);
}

/** The setting `API_KEYS`: `alice:<sha256>,bob:<sha256>`. A caller may have several keys. */
export const apiKeys = z
  .string()
  .optional()
  .transform((text, context): readonly ApiKey[] => {
    if (text === undefined) return [];
    const { keys, isValid } = parseKeys(text.split(',').filter((entry) => entry.trim() !== ''));
    // An empty list would disable authentication.
    if (isValid && keys.length > 0) return keys;
    const message = 'name:hash pairs between commas, as “npm run key -- name” prints them';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** The caller with this key, or null. Compares all keys, so that the time taken reveals nothing. */
export function callerOf(keys: readonly ApiKey[], key: string): string | null {
  const digest = digestOf(key);
  let caller: string | null = null;
  for (const known of keys) if (timingSafeEqual(known.digest, digest)) caller = known.caller;
  return caller;
}

export const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The keys that are valid now. */
export interface KeyRing {
  /** Null if the service requires no key. */
  current(): readonly ApiKey[] | null;
  /** Calls `onRevoked` when the key stops being valid. Returns a function that ends this. */
  watch(key: string, onRevoked: () => void): () => void;
  /** Limits of a caller, which may change with the key file. */
  limitsOf(caller: string): KeyLimits;
  close(): void;
}

interface KeySettings {
  readonly API_KEYS: readonly ApiKey[];
  readonly API_KEYS_FILE?: string | undefined;
}

/** Interval at which the key file is read, in ms. Polling works on every file system; file events do not. */
const POLL_MS = 2_000;

/**
 * The keys of `API_KEYS` and of the file `API_KEYS_FILE`, which is read again when it changes. If the changed file is
 * unreadable or malformed at two reads in a row, only its well-formed lines are valid. @throws SettingsError if the file is
 * bad at startup
 */
export async function createKeyRing(
  { API_KEYS, API_KEYS_FILE: path }: KeySettings,
  log: Pick<Logger, 'info' | 'error'>,
  pollMs = POLL_MS,
): Promise<KeyRing> {
  const limitsIn = (keys: readonly ApiKey[]) => (caller: string) =>
    keys.find((key) => key.caller === caller && key.limits !== undefined)?.limits ?? {};
  if (path === undefined) {
    const current = () => (API_KEYS.length === 0 ? null : API_KEYS);
    return { current, limitsOf: limitsIn(API_KEYS), watch: () => () => {}, close() {} };
  }
  let last = await readKeyFile(path);
  if (last.fault !== null) throw new SettingsError(`API_KEYS_FILE ${last.fault}`);
  let applied = last;
  const current = () => [...API_KEYS, ...applied.keys];
  const watched = new Set<{ readonly key: string; readonly onRevoked: () => void }>();

  const reload = async () => {
    const next = await readKeyFile(path);
    // A file is empty or incomplete for a moment while an editor rewrites it.
    const isStable = next.text === last.text;
    last = next;
    if (next.text === applied.text || (next.fault !== null && !isStable)) return;
    applied = next;
    const details = { keys: next.keys.length };
    if (next.fault === null) log.info(details, 'API_KEYS_FILE reloaded');
    else
      log.error({ reason: next.fault, ...details }, 'API_KEYS_FILE is invalid: all other keys are revoked');
    for (const { key, onRevoked } of watched) if (callerOf(current(), key) === null) onRevoked();
  };
  const closing = new AbortController();
  const poll = async () => {
    for await (const _ of setInterval(pollMs, null, { signal: closing.signal, ref: false })) await reload();
  };
  poll().catch(() => {});
  return {
    current,
    limitsOf: (caller) => limitsIn(current())(caller),
    watch(key, onRevoked) {
      const entry = { key, onRevoked };
      watched.add(entry);
      return () => watched.delete(entry);
    },
    close: () => closing.abort(),
  };
}

interface KeyFile {
  /** Null if the file cannot be read. */
  readonly text: string | null;
  /** Those of the well-formed lines. */
  readonly keys: readonly ApiKey[];
  /** Null if the whole file is well-formed. */
  readonly fault: string | null;
}

const MAX_KEY_FILE_BYTES = 1_048_576;

/** Reads nothing but a file: a pipe would never end. */
async function readText(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile()) throw Object.assign(new Error(), { code: 'it is no file' });
  if (found.size > MAX_KEY_FILE_BYTES) throw Object.assign(new Error(), { code: 'it is larger than 1 MiB' });
  return readFile(path, 'utf8');
}

/** One key per line; lines that start with # are comments. */
async function readKeyFile(path: string): Promise<KeyFile> {
  const text = await readText(path).catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return { text: null, keys: [], fault: `cannot be read (${text.code})` };
  const lines = text.split('\n').map((line) => line.trim());
  const { keys, isValid } = parseKeys(lines.filter((line) => line !== '' && !line.startsWith('#')));
  if (!isValid)
    return {
      text,
      keys,
      fault:
        'has a line that is no name:hash pair with valid limits, one hash for two names, or two sets of limits for one name',
    };
  return { text, keys, fault: keys.length === 0 ? 'has no key' : null };
}

/** Limits of a caller, from its lines in the key file. */
export interface KeyLimits extends CallerLimits {
  /** Models that the caller may choose, instead of `ALLOWED_MODELS`. */
  readonly models?: readonly string[] | undefined;
}

const count = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional();

const dollars = z
  .string()
  .regex(/^\d{1,7}(?:\.\d{1,9})?$/)
  .transform(Number)
  .optional();

const limitsSchema = z.strictObject({
  'requests-per-minute': count(1, 1_000_000),
  'open-jobs': count(1, 1_000_000),
  'usd-per-day': dollars,
  'usd-per-month': dollars,
  models: z
    .string()
    .transform((text) => text.split(',').filter((model) => model !== ''))
    .optional(),
  priority: count(1, 100),
});

/** Reads words such as `open-jobs=5`. Returns null if one is unknown, repeated or has a value that is not allowed. */
export function readKeyLimits(words: readonly string[]): KeyLimits | null {
  const pairs = words.map(
    (word) => [word.split('=', 1)[0] ?? '', word.slice(word.indexOf('=') + 1)] as const,
  );
  const given = Object.fromEntries(pairs);
  const parsed = limitsSchema.safeParse(given);
  if (!parsed.success || Object.keys(given).length < words.length) return null;
  const { models, priority } = parsed.data;
  const limits = {
    requestsPerMinute: parsed.data['requests-per-minute'],
    openJobs: parsed.data['open-jobs'],
    usdPerDay: parsed.data['usd-per-day'],
    usdPerMonth: parsed.data['usd-per-month'],
    models,
    priority,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
