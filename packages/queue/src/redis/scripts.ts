import { readFileSync } from 'node:fs';
import type { Connection } from './connection.ts';

type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

const sources = new Map<string, string>();

/**
 * Defines commands on a connection, each from the Lua script `scripts/<kebab-case name>.lua`, whose header documents
 * its keys, arguments and reply. A connection sends a script's text once and then its digest.
 */
export function loadScripts<Name extends string>(
  redis: Connection,
  names: readonly Name[],
): Record<Name, Script> {
  const commands = redis as unknown as Record<Name, (...args: (string | number)[]) => Promise<unknown>>;
  const scripts = names.map((name) => {
    if (!Object.hasOwn(redis, name)) redis.defineCommand(name, { lua: readSource(name) });
    const call: Script = (keys, args) => commands[name](keys.length, ...keys, ...args);
    return [name, call] as const;
  });
  return Object.fromEntries(scripts) as Record<Name, Script>;
}

function readSource(name: string): string {
  const cached = sources.get(name);
  if (cached !== undefined) return cached;
  const file = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const text = readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8');
  // Comments become blank lines, so that line numbers in error messages of Redis remain those of the file.
  const source = text.replace(/^ *--.*$/gm, '');
  sources.set(name, source);
  return source;
}
