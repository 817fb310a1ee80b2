import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer, startEmbeddedRedis, startPrivateRedis } from '@codegen/cli/redis';
import { startRedisContainer } from './redis-container.ts';

const KINDS = ['container', 'server', 'embedded'] as const;
export type RedisKind = (typeof KINDS)[number];

interface TestRedis {
  readonly kind: RedisKind;
  readonly url: string;
  /** For a person: "Tests use …" */
  readonly what: string;
  close(): Promise<void>;
}

/**
 * A Redis in a container where Docker runs, else a `redis-server` or `valkey-server` from `path`, else the embedded
 * stand-in. `wanted` names the one there must be.
 */
export async function openTestRedis(wanted: string | undefined, path: string): Promise<TestRedis> {
  const kinds = wanted ? KINDS.filter((kind) => kind === wanted) : KINDS;
  const reasons: string[] = [];
  for (const kind of kinds) {
    const opened = await open[kind](path);
    if (typeof opened !== 'string') return { kind, ...opened };
    reasons.push(opened);
  }
  const allowed = `it must be ${KINDS.join(', ')} or nothing`;
  throw new Error(`TEST_REDIS is ${wanted}; ${reasons.length > 0 ? reasons.join('; ') : allowed}`);
}

/** Each opens its Redis, or says why there is none. */
const open: Record<RedisKind, (path: string) => Promise<Omit<TestRedis, 'kind'> | string>> = {
  async container() {
    const container = await startRedisContainer();
    return typeof container === 'string' ? container : { ...container, what: 'Redis in a container' };
  },
  async server(path) {
    const binary = await findRedisServer(path);
    if (binary === null) return 'no redis-server or valkey-server is on the PATH';
    const dir = await mkdtemp(join(tmpdir(), 'codegen-test-'));
    const { url, close } = await startPrivateRedis(binary, dir, false);
    return {
      url,
      what: binary,
      async close() {
        await close();
        await rm(dir, { recursive: true, force: true });
      },
    };
  },
  async embedded() {
    const { url, close } = await startEmbeddedRedis();
    return { url, what: 'the embedded stand-in for Redis', close };
  },
};
