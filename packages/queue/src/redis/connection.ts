import { Cluster, Redis, type RedisOptions } from 'ioredis';

import { loggable } from './loggable.ts';
import { parseRedisUrl, type RedisAddress, type Secrets } from './redis-address.ts';

/** A connection to Redis, however many nodes it has. */
export type Connection = Redis | Cluster;

/** Milliseconds until a Redis that does not answer is taken to be down. */
const DEADLINE_MS = 1_500;

/**
 * Milliseconds of silence on a command after which a connection is given up for a new one: the machine at its other end
 * may be gone without a word, and its stand-in long there. A worker's wait for a job is up to 10 s of silence.
 */
const SILENCE_MS = { impatient: 2 * DEADLINE_MS, patient: 15_000 };

/** Milliseconds between looks whether a Redis has loaded its data. */
const LOADING_MS = 200;

const pause = (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

const common = {
  connectTimeout: DEADLINE_MS,
  // For a connection that has nothing to say, such as a subscriber's.
  keepAlive: 10_000,
  // Whoever subscribes does so again when it is 'ready'; ioredis, by itself, would leave the failure of that to nobody.
  autoResubscribe: false,
  // A Redis that loads its data says how long that will take: a guess, and at the beginning one that is far too long.
  maxLoadingRetryTime: LOADING_MS,
  // A master that was demoted says so: go and find the new one, and send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/** For whoever has a person waiting: fails at once while Redis is away, and comes back by itself. */
export const connectFailFast = (url: string): Connection =>
  open(url, {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: DEADLINE_MS,
    socketTimeout: SILENCE_MS.impatient,
  });

/** For workers and subscribers: a command waits for as long as Redis is away, so that no answer is lost. */
export const connectBlocking = (url: string): Connection =>
  open(url, { ...common, maxRetriesPerRequest: null, socketTimeout: SILENCE_MS.patient });

type Options = typeof common &
  Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout' | 'enableOfflineQueue' | 'socketTimeout'>;

function open(url: string, options: Options): Connection {
  const address = parseRedisUrl(url);
  if (address === null) throw new TypeError('not the URL of a Redis');
  if (address.kind === 'single') return quiet(new Redis(address.url, { ...options, retryStrategy: pause }));
  return quiet(address.kind === 'cluster' ? toCluster(address, options) : toMaster(address, options));
}

function toCluster(address: Kind<'cluster'>, options: Options): Cluster {
  const { enableOfflineQueue = true, ...redisOptions } = options;
  const { nodes, tls } = address;
  return new Cluster([...nodes], {
    redisOptions: { ...redisOptions, ...named(address), ...(tls && { tls: {} }) },
    clusterRetryStrategy: pause,
    enableOfflineQueue,
    // While no node has taken the place of a lost one, a command is sent again every 100 ms.
    maxRedirections: enableOfflineQueue ? Number.POSITIVE_INFINITY : 8,
    slotsRefreshTimeout: 2 * DEADLINE_MS,
    // Names in certificates would not match the addresses the nodes tell of themselves.
    ...(tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}

function toMaster(address: Kind<'sentinel'>, options: Options): Redis {
  const { nodes, master, sentinels, tls } = address;
  return new Redis({
    ...options,
    ...named(address),
    sentinels: [...nodes],
    name: master,
    ...(sentinels.username !== null && { sentinelUsername: sentinels.username }),
    ...(sentinels.password !== null && { sentinelPassword: sentinels.password }),
    sentinelRetryStrategy: pause,
    sentinelCommandTimeout: DEADLINE_MS,
    // Told by the sentinels of a new master, it leaves an old one that is silent but has not closed the connection.
    failoverDetector: true,
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    retryStrategy: pause,
  });
}

type Kind<K extends RedisAddress['kind']> = Extract<RedisAddress, { kind: K }>;

const named = ({ username, password }: Secrets) => ({
  ...(username !== null && { username }),
  ...(password !== null && { password }),
});

const troubles = new WeakMap<Connection, Error>();

/** Why a connection is not there, as far as is known. */
export const troubleOf = (redis: Connection): Error | undefined => troubles.get(redis);

/** Losing the connection is a state, seen in `status` and in failed commands, not an event to crash on. */
function quiet<T extends Connection>(redis: T): T {
  redis.on('error', (error: Error & { lastNodeError?: Error }) => {
    troubles.set(redis, loggable(error.lastNodeError ?? error));
  });
  return redis;
}

/**
 * Subscribes to channels whenever the connection becomes ready, and then calls `onSubscribed` to catch up on messages
 * that were missed. Resolves after the first call.
 * @param channels the channels at that time; nothing happens while there are none
 */
export function keepSubscribed(
  subscriptions: Connection,
  channels: () => readonly string[],
  onSubscribed: () => void | Promise<void>,
): Promise<void> {
  return new Promise<void>((resolve) => {
    const subscribe = () => {
      const names = channels();
      // If the connection is lost meanwhile, the next 'ready' subscribes.
      if (names.length > 0)
        subscriptions
          .subscribe(...names)
          .then(onSubscribed)
          .then(resolve, () => {});
    };
    subscriptions.on('ready', subscribe);
    if (subscriptions.status === 'ready') subscribe();
  });
}
