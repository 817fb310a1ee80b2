import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Connection } from './connection.ts';

type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

const sources = new Map<string, string>();

/** What scripts serve: a folder of `scripts/`. */
type Folder = 'runs' | 'models' | 'presence' | 'webhooks';

/**
 * Defines commands on a connection, each from the Lua script `scripts/<folder>/<kebab-case name>.lua`, whose header
 * documents its keys, arguments and reply. The functions of `functions.lua` are available in every script. A connection sends a
 * script's text once and then its digest.
 */
export function loadScripts<Name extends string>(
  redis: Connection,
  folder: Folder,
  names: readonly Name[],
): Record<Name, Script> {
  const commands = redis as unknown as Record<Name, (...args: (string | number)[]) => Promise<unknown>>;
  const scripts = names.map((name) => {
    if (!Object.hasOwn(redis, name)) redis.defineCommand(name, { lua: readSource(folder, name) });
    const call: Script = (keys, args) => commands[name](keys.length, ...keys, ...args);
    return [name, call] as const;
  });
  return Object.fromEntries(scripts) as Record<Name, Script>;
}

function readSource(folder: Folder, name: string): string {
  const cached = sources.get(name);
  if (cached !== undefined) return cached;
  const file = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // On the first line of the script: line numbers in errors of Redis remain those of the script's file.
  const functions = readLua('functions.lua').replaceAll('\n', ' ');
  const source = `${functions}${readLua(`scripts/${folder}/${file}.lua`)}`;
  sources.set(name, source);
  return source;
}

/** Comments become blank lines. */
const readLua = (path: string) =>
  readFileSync(new URL(path, import.meta.url), 'utf8').replace(/^ *--.*$/gm, '');

/**
 * Loads all scripts of a connection again. Redis may drop scripts: by `SCRIPT FLUSH`, or the oldest of over 500 that other
 * programs sent. ioredis notices that for a single command, but not in a transaction, such as that of a BullMQ flow.
 */
export async function reloadScripts(redis: Connection): Promise<void> {
  const { scriptsSet } = redis as unknown as { scriptsSet: Record<string, { readonly lua: string }> };
  const sources = Object.values(scriptsSet).map(({ lua }) => lua);
  const nodes = redis instanceof Redis ? [redis] : redis.nodes('master');
  await Promise.all(nodes.flatMap((node) => sources.map((lua) => node.script('LOAD', lua))));
}

/** Error replies of a Redis that cannot write now: full, loading or no longer the master. */
const TRANSIENT =
  /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|MISCONF|EXECABORT)\b/;

const WRITE_RETRY_MS = 500;

/** Repeats a write until Redis accepts it, without a time limit. The write must be idempotent. @throws other errors */
export async function writeWithRetry<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Error && TRANSIENT.test(error.message))) throw error;
      await sleep(WRITE_RETRY_MS);
    }
  }
}
