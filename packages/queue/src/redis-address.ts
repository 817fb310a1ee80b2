import { z } from 'zod';

/** Where Redis is, as ioredis wants to be told. */
export type RedisAddress =
  /** The URL, or the path of a socket. */
  | { readonly kind: 'single'; readonly url: string }
  | ({ readonly kind: 'cluster' } & Group)
  | ({ readonly kind: 'sentinel'; readonly master: string } & Group);

interface Group {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
}

const FORMS =
  'a URL such as redis://host:6379, rediss://…, unix:///path, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/master';

const GROUP =
  /^(rediss?)\+(cluster|sentinel):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)(?:\/([\w.-]+))?\/?$/;
const NODE = /^([\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i;

/** Null if the text is none of the forms above. A user and password stand before the first host, percent-encoded. */
export function parseRedisUrl(text: string): RedisAddress | null {
  if (/^unix:\/\/\/./.test(text)) return { kind: 'single', url: text.slice('unix://'.length) };
  if (/^rediss?:\/\/[^,]+$/.test(text) && URL.canParse(text)) return { kind: 'single', url: text };
  const [whole, scheme, kind, username, password, hosts = '', master] = GROUP.exec(text) ?? [];
  if (whole === undefined) return null;
  const nodes = hosts.split(',').map((host) => NODE.exec(host));
  if (nodes.includes(null) || (kind === 'sentinel') !== (master !== undefined)) return null;
  const group: Group = {
    nodes: nodes.map((node) => ({
      host: (node?.[1] ?? '').replace(/^\[|\]$/g, ''),
      port: Number(node?.[2]),
    })),
    username: username ? decodeURIComponent(username) : null,
    password: password ? decodeURIComponent(password) : null,
    tls: scheme === 'rediss',
  };
  return master === undefined ? { kind: 'cluster', ...group } : { kind: 'sentinel', master, ...group };
}

/** The schema of `REDIS_URL`. */
export const redisUrl = z
  .string()
  .optional()
  .transform((text, context): string | null => {
    if (text === undefined) return null;
    if (parseRedisUrl(text) !== null) return text;
    context.addIssue({ code: 'custom', message: FORMS });
    return z.NEVER;
  });
