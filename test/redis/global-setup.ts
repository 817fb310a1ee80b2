import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer, startEmbeddedRedis, startPrivateRedis } from '@codegen/local/redis';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A Redis for this run of the suite. Tests keep apart by namespaces of their own. */
    redisUrl: string;
    redisKind: 'server' | 'embedded';
  }
}

/** One Redis for all test files: a real server where there is one, unless TEST_REDIS=embedded asks for the stand-in. */
export default async function setup(project: TestProject) {
  const wanted = process.env.TEST_REDIS;
  const binary = wanted === 'embedded' ? null : await findRedisServer(process.env.PATH ?? '');
  const dir = await mkdtemp(join(tmpdir(), 'codegen-test-'));
  const redis = binary ? await startPrivateRedis(binary, dir, false) : await startEmbeddedRedis();
  project.provide('redisUrl', redis.url);
  project.provide('redisKind', binary ? 'server' : 'embedded');
  process.stderr.write(`Tests use ${binary ?? 'the embedded stand-in for Redis'}\n`);
  return async () => {
    await redis.close();
    await rm(dir, { recursive: true, force: true });
  };
}
