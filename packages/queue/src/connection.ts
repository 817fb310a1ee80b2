import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl } from './redis-address.ts';

/** A connection to Redis, however many nodes it has. */
export type Connection = Redis | Cluster;

/** Milliseconds until a Redis that does not answer is taken to be down. */
const DEADLINE_MS = 1_500;

const pause = (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

const common = {
  connectTimeout: DEADLINE_MS,
  // A master that was demoted says so: go and find the new one, and send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/** For whoever has a person waiting: fails at once while Redis is away, and comes back by itself. */
export const connectImpatiently = (url: string): Connection =>
  open(url, { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: DEADLINE_MS });

/** For workers and subscribers: a command waits for as long as Redis is away, so that no answer is lost. */
export const connectPatiently = (url: string): Connection =>
  open(url, { ...common, maxRetriesPerRequest: null });

type Options = typeof common &
  Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout' | 'enableOfflineQueue'>;

function open(url: string, options: Options): Connection {
  const address = parseRedisUrl(url);
  if (address === null) throw new TypeError('not the URL of a Redis');
  if (address.kind === 'single') return quiet(new Redis(address.url, { ...options, retryStrategy: pause }));

  const { nodes, tls } = address;
  const secrets = {
    ...(address.username !== null && { username: address.username }),
    ...(address.password !== null && { password: address.password }),
    ...(tls && { tls: {} }),
  };
  if (address.kind === 'cluster') {
    const { enableOfflineQueue = true, ...redisOptions } = options;
    const cluster = {
      redisOptions: { ...redisOptions, ...secrets },
      clusterRetryStrategy: pause,
      enableOfflineQueue,
    };
    // Names in certificates would not match the addresses the nodes tell of themselves.
    return quiet(
      new Cluster([...nodes], tls ? { ...cluster, dnsLookup: (host, done) => done(null, host) } : cluster),
    );
  }
  const sentinel = {
    sentinels: [...nodes],
    name: address.master,
    sentinelRetryStrategy: pause,
    enableTLSForSentinelMode: tls,
  };
  return quiet(new Redis({ ...options, ...secrets, ...sentinel, retryStrategy: pause }));
}

/** Losing the connection is a state, seen in `status` and in failed commands, not an event to crash on. */
function quiet<T extends Connection>(redis: T): T {
  redis.on('error', () => {});
  return redis;
}
