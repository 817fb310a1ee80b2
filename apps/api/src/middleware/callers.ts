import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setInterval } from 'node:timers/promises';
import type { Quota, Runs } from '@codegen/queue';
import { SettingsError } from '@codegen/settings';
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ProblemError } from '../problem.ts';

/** The caller of every request to a service without API keys. */
const ANONYMOUS = 'anonymous';

/** Identifies the caller by `Authorization: Bearer <key>` and stores it in `response.locals`. */
export function authenticate(ring: Pick<KeyRing, 'current'>): RequestHandler {
  return (request, response, next) => {
    const keys = ring.current();
    const [, key = ''] = /^Bearer +(\S{1,512})$/i.exec(request.get('Authorization') ?? '') ?? [];
    const caller = keys === null ? ANONYMOUS : callerOf(keys, key);
    if (caller === null) {
      throw new ProblemError('unauthorized', 'Send your key as “Authorization: Bearer <key>”.', {
        'WWW-Authenticate': 'Bearer realm="code generation"',
      });
    }
    response.locals.caller = caller;
    next();
  };
}

/** The caller that `authenticate` identified. */
export function callerIn(response: Response): string {
  const caller: unknown = response.locals.caller;
  if (typeof caller !== 'string') throw new Error('the route is not behind authenticate');
  return caller;
}

/**
 * Counts a request against its caller's limit, with any response, and reports the limit in the `RateLimit` headers
 * of draft-ietf-httpapi-ratelimit-headers. Requires `authenticate` before it.
 */
export function limitRate(runs: Pick<Runs, 'countStart'>): RequestHandler {
  return async (_request, response, next) => {
    const quota = await runs.countStart(callerIn(response));
    if (quota === null) return next();
    const { limit, windowSeconds, remaining, resetSeconds } = quota;
    response.set({
      'RateLimit-Policy': `"starts";q=${limit};w=${windowSeconds}`,
      RateLimit: `"starts";r=${remaining};t=${resetSeconds}`,
    });
    checkQuota(quota);
    next();
  };
}

/** @throws ProblemError if the caller has used up its quota */
export function checkQuota({ allowed, limit, windowSeconds, resetSeconds }: Quota) {
  if (allowed) return;
  throw new ProblemError(
    'rate-limited',
    `Try again in ${resetSeconds} seconds. You may start ${limit} jobs in ${windowSeconds} seconds.`,
    { 'Retry-After': String(resetSeconds) },
  );
}

/** A caller and the SHA-256 digest of its key. The key itself is never stored. */
export interface ApiKey {
  readonly caller: string;
  readonly digest: Buffer;
}

const ENTRY = /^([a-z0-9][a-z0-9_-]{0,39}):([0-9a-f]{64})$/;

/** Parses `name:hash` pairs. Returns null if an entry is malformed or one hash has two names. */
function parseKeys(entries: readonly string[]): readonly ApiKey[] | null {
  const callers = new Map<string, string>();
  const keys: ApiKey[] = [];
  for (const entry of entries) {
    const [, caller, hash] = ENTRY.exec(entry.trim().toLowerCase()) ?? [];
    if (caller === undefined || hash === undefined || (callers.get(hash) ?? caller) !== caller) return null;
    callers.set(hash, caller);
    keys.push({ caller, digest: Buffer.from(hash, 'hex') });
  }
  return keys;
}

/** The setting `API_KEYS`: `alice:<sha256>,bob:<sha256>`. A caller may have several keys. */
export const apiKeys = z
  .string()
  .optional()
  .transform((text, context): readonly ApiKey[] => {
    if (text === undefined) return [];
    const keys = parseKeys(text.split(',').filter((entry) => entry.trim() !== ''));
    // An empty list would disable authentication.
    if (keys !== null && keys.length > 0) return keys;
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
 * unreadable or malformed, the previous keys stay valid. @throws SettingsError if the file is bad at startup
 */
export async function createKeyRing(
  { API_KEYS, API_KEYS_FILE: path }: KeySettings,
  log: Pick<Logger, 'info' | 'error'>,
  pollMs = POLL_MS,
): Promise<KeyRing> {
  if (path === undefined) return { current: () => (API_KEYS.length === 0 ? null : API_KEYS), close() {} };
  let last = await readKeyFile(path);
  if ('fault' in last) throw new SettingsError(`API_KEYS_FILE ${last.fault}`);
  let keys = last.keys;

  const reload = async () => {
    const next = await readKeyFile(path);
    if (next.text === last.text) return;
    last = next;
    if ('fault' in next)
      return log.error({ reason: next.fault }, 'API_KEYS_FILE is invalid: the previous keys stay valid');
    keys = next.keys;
    log.info({ keys: keys.length }, 'API_KEYS_FILE reloaded');
  };
  const closing = new AbortController();
  const poll = async () => {
    for await (const _ of setInterval(pollMs, null, { signal: closing.signal, ref: false })) await reload();
  };
  poll().catch(() => {});
  return { current: () => [...API_KEYS, ...keys], close: () => closing.abort() };
}

type KeyFile = { readonly text: string | null } & (
  | { readonly keys: readonly ApiKey[] }
  | { readonly fault: string }
);

/** One key per line; lines that start with # are comments. */
async function readKeyFile(path: string): Promise<KeyFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return { text: null, fault: `cannot be read (${text.code})` };
  const lines = text.split('\n').map((line) => line.trim());
  const keys = parseKeys(lines.filter((line) => line !== '' && !line.startsWith('#')));
  if (keys === null)
    return { text, fault: 'has a line that is no name:hash pair, or one hash for two names' };
  // A file is empty for a moment while an editor rewrites it.
  return keys.length === 0 ? { text, fault: 'has no key' } : { text, keys };
}
