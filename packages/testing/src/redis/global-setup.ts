import type { TestProject } from 'vitest/node';
import { type RedisKind, startTestRedis } from './test-redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Redis of this test run. Each test uses its own namespace. */
    redisUrl: string;
    /** `embedded` is the only kind that is not a real server. */
    redisKind: RedisKind;
  }
}

/** One Redis for all test files. */
export default async function setup(project: TestProject) {
  const redis = await startTestRedis(process.env.TEST_REDIS, process.env.PATH ?? '');
  project.provide('redisUrl', redis.url);
  project.provide('redisKind', redis.kind);
  process.stderr.write(`Tests use ${redis.what}\n`);
  return redis.close;
}
