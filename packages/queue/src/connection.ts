import { Redis, type RedisOptions } from 'ioredis';

/** Milliseconds until a Redis that does not answer is taken to be down. */
const DEADLINE_MS = 1_500;

const reconnect = {
  connectTimeout: DEADLINE_MS,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/** For whoever has a person waiting: fails at once while Redis is away, and comes back by itself. */
export const connectImpatiently = (url: string): Redis =>
  quiet(
    new Redis(address(url), {
      ...reconnect,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: DEADLINE_MS,
    }),
  );

/** For workers and subscribers: a command waits for as long as Redis is away, so that no answer is lost. */
export const connectPatiently = (url: string): Redis =>
  quiet(new Redis(address(url), { ...reconnect, maxRetriesPerRequest: null }));

/** ioredis takes the path of a socket as it is. */
const address = (url: string) => url.replace(/^unix:\/\//, '');

/** Losing the connection is a state, seen in `status` and in failed commands, not an event to crash on. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => {});
  return redis;
}
