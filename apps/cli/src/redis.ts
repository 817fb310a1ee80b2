export { startEmbeddedRedis } from './embedded-redis.ts';
export { findRedisServer, type PrivateRedis, startPrivateRedis } from './private-redis.ts';
