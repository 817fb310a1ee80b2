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

/** Defines commands whose scripts are not files yet. Defining one again replaces it. */
export function defineScripts<Name extends string>(
  redis: Connection,
  scripts: Readonly<Record<Name, { readonly keys: number; readonly lua: string }>>,
): Record<Name, Script> {
  const commands = redis as unknown as Record<Name, (...args: (string | number)[]) => Promise<unknown>>;
  const calls = Object.entries<{ keys: number; lua: string }>(scripts).map(([name, { keys, lua }]) => {
    redis.defineCommand(name, { numberOfKeys: keys, lua });
    const call: Script = (given, args) => commands[name as Name](...given, ...args);
    return [name, call] as const;
  });
  return Object.fromEntries(calls) as Record<Name, Script>;
}
