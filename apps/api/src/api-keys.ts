import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A caller that may use the API, and the SHA-256 of its key: the key itself is kept nowhere. */
export interface ApiKey {
  readonly caller: string;
  readonly digest: Buffer;
}

const ENTRY = /^([a-z0-9][a-z0-9_-]{0,39}):([0-9a-f]{64})$/;

/** `name:hash` pairs as keys; null if one is none, or if one hash stands for two names. */
export function parseKeys(entries: readonly string[]): readonly ApiKey[] | null {
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

/** `alice:<sha256>,bob:<sha256>`. A caller may have several keys. */
export const apiKeys = z
  .string()
  .optional()
  .transform((text, context): readonly ApiKey[] => {
    if (text === undefined) return [];
    const keys = parseKeys(text.split(',').filter((entry) => entry.trim() !== ''));
    // One that is set and names nobody would let everybody in.
    if (keys !== null && keys.length > 0) return keys;
    const message = 'name:hash pairs between commas, as “npm run key -- name” prints them';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Whose key this is; null if nobody's. Looks at all keys in the same time, whichever fits. */
export function callerOf(keys: readonly ApiKey[], given: string): string | null {
  const digest = digestOf(given);
  let caller: string | null = null;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) caller = key.caller;
  return caller;
}

export const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
