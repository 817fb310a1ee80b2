import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A caller that may use the API, and the SHA-256 of its key: the key itself is kept nowhere. */
export interface ApiKey {
  readonly caller: string;
  readonly digest: Buffer;
}

const ENTRY = /^([a-z0-9][a-z0-9_-]{0,39}):([0-9a-f]{64})$/;

/**
 * `alice:<sha256>,bob:<sha256>`. A caller may have several keys, which is how one is replaced without a break: add the new
 * one, hand it out, remove the old one.
 */
export const apiKeys = z
  .string()
  .optional()
  .transform((text, context): readonly ApiKey[] => {
    const entries = (text ?? '').split(',').filter((entry) => entry.trim() !== '');
    const keys = entries.map((entry) => ENTRY.exec(entry.trim().toLowerCase()));
    if (keys.includes(null)) {
      const message = 'name:hash pairs between commas, as “npm run key -- name” prints them';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return keys.map((match) => ({ caller: match?.[1] ?? '', digest: Buffer.from(match?.[2] ?? '', 'hex') }));
  });

/** Whose key this is; null if nobody's. Looks at all keys in the same time, whichever fits. */
export function callerOf(keys: readonly ApiKey[], given: string): string | null {
  const digest = digestOf(given);
  let caller: string | null = null;
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) caller = key.caller;
  return caller;
}

export const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest();
