import type { TestProject } from 'vitest/node';
import { openTestRedis, type RedisKind } from './test-redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A Redis for this run of the suite. Tests keep apart by namespaces of their own. */
    redisUrl: string;
    /** All but `embedded` is a real server. */
    redisKind: RedisKind;
  }
}

/** One Redis for all test files. */
export default async function setup(project: TestProject) {
  const redis = await openTestRedis(process.env.TEST_REDIS, process.env.PATH ?? '');
  project.provide('redisUrl', redis.url);
  project.provide('redisKind', redis.kind);
  process.stderr.write(`Tests use ${redis.what}\n`);
  return redis.close;
}
