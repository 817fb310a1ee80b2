import { z } from 'zod';

/** Parsed `REDIS_URL`. */
export type RedisAddress =
  /** A URL, or the path of a socket. */
  | { readonly kind: 'single'; readonly url: string }
  | ({ readonly kind: 'cluster' } & Group)
  | ({ readonly kind: 'sentinel'; readonly master: string; readonly sentinels: Secrets } & Group);

interface Group extends Secrets {
  readonly nodes: readonly Address[];
  readonly tls: boolean;
}

export interface Secrets {
  readonly username: string | null;
  readonly password: string | null;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const FORMS =
  'a URL such as redis://host:6379, rediss://…, unix:///path, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master';

const GROUP =
  /^(rediss?)\+(cluster|sentinel):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)(?:\/([\w.-]+))?\/?(?:\?([^#]*))?$/;
const NODE = /^([\w.-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i;
const NO_SECRETS: Secrets = { username: null, password: null };

/**
 * Parses a URL of one of the forms above. User and password precede the first host, percent-encoded; those of sentinels
 * are the parameters `sentinelUsername` and `sentinelPassword`.
 * @returns null if it is invalid
 */
export function parseRedisUrl(text: string): RedisAddress | null {
  if (/^unix:\/\/\/./.test(text)) return { kind: 'single', url: text.slice('unix://'.length) };
  if (/^rediss?:\/\/[^,]+$/.test(text)) return isSingle(text) ? { kind: 'single', url: text } : null;
  const [whole, scheme, kind, username, password, hosts = '', master, query] = GROUP.exec(text) ?? [];
  if (whole === undefined) return null;
  const nodes = hosts.split(',').map(addressOf);
  const secrets = secretsOf(username, password);
  if (!nodes.every((node) => node !== null) || secrets === null) return null;
  const group: Group = { nodes, ...secrets, tls: scheme === 'rediss' };
  if (kind === 'cluster') return master || query ? null : { kind, ...group };
  const sentinels = sentinelSecrets(query);
  return master === undefined || sentinels === null
    ? null
    : { kind: 'sentinel', master, sentinels, ...group };
}

function isSingle(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.hostname !== '' && secretsOf(url.username, url.password) !== null;
}

function addressOf(text: string): Address | null {
  const [, host = '', digits] = NODE.exec(text) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host: host.replace(/^\[|\]$/g, ''), port } : null;
}

/** @returns null if they are not percent-encoded */
function secretsOf(username: string | undefined, password: string | undefined): Secrets | null {
  try {
    return {
      username: username ? decodeURIComponent(username) : null,
      password: password ? decodeURIComponent(password) : null,
    };
  } catch {
    return null;
  }
}

function sentinelSecrets(query: string | undefined): Secrets | null {
  if (query === undefined) return NO_SECRETS;
  const { sentinelUsername, sentinelPassword, ...others } = Object.fromEntries(new URLSearchParams(query));
  if (Object.keys(others).length > 0) return null;
  return { username: sentinelUsername || null, password: sentinelPassword || null };
}

/** Schema of `REDIS_URL`. */
export const redisUrl = z
  .string()
  .optional()
  .transform((text, context): string | null => {
    if (text === undefined) return null;
    if (parseRedisUrl(text) !== null) return text;
    context.addIssue({ code: 'custom', message: FORMS });
    return z.NEVER;
  });
