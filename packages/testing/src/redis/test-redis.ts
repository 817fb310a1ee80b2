import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { findRedisServer, startPrivateRedis } from '@codegen/cli/redis';
import { startRedisContainer } from './redis-container.ts';

const KINDS = ['container', 'server', 'embedded'] as const;
export type RedisKind = (typeof KINDS)[number];

interface TestRedis {
  readonly kind: RedisKind;
  readonly url: string;
  /** Description for the message "Tests use …". */
  readonly what: string;
  close(): Promise<void>;
}

/**
 * Starts a Redis in a container if Docker runs, else `redis-server` or `valkey-server` from `path`, else the embedded
 * server. `wanted` selects one kind. @throws Error if that kind cannot be started
 */
export async function startTestRedis(wanted: string | undefined, path: string): Promise<TestRedis> {
  const kinds = wanted ? KINDS.filter((kind) => kind === wanted) : KINDS;
  const reasons: string[] = [];
  for (const kind of kinds) {
    const started = await starters[kind](path);
    if (typeof started !== 'string') return { kind, ...started };
    reasons.push(started);
  }
  const allowed = `it must be ${KINDS.join(', ')} or nothing`;
  throw new Error(`TEST_REDIS is ${wanted}; ${reasons.length > 0 ? reasons.join('; ') : allowed}`);
}

/** Each starts a Redis. @returns a message if it cannot */
const starters: Record<RedisKind, (path: string) => Promise<Omit<TestRedis, 'kind'> | string>> = {
  async container() {
    const container = await startRedisContainer();
    return typeof container === 'string' ? container : { ...container, what: 'Redis in a container' };
  },
  async server(path) {
    const binary = await findRedisServer(path);
    if (binary === null) return 'no redis-server or valkey-server is on the PATH';
    const dir = await mkdtemp(join(tmpdir(), 'codegen-test-'));
    const { url, close } = await startPrivateRedis(binary, dir, { durable: false });
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
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const url = await firstLine(child.stdout);
    if (url === undefined) return 'the embedded Redis server did not start; see its error above';
    return {
      url,
      what: 'the embedded Redis server',
      async close() {
        child.stdin.end();
        await exited;
      },
    };
  },
};

/** The first line of a stream. Undefined if it ends without one. */
async function firstLine(stream: Readable): Promise<string | undefined> {
  for await (const line of createInterface(stream)) return line;
  return undefined;
}
