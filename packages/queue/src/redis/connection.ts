import { Cluster, type Command, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress, type Secrets } from './redis-address.ts';

/** A connection to a single Redis, a cluster or a master behind sentinels. */
export type Connection = Redis | Cluster;

/** Time after which a Redis that does not reply counts as unavailable, in ms. */
export const TIMEOUT_MS = 1_500;

/**
 * Time without data while a command is pending after which a connection is replaced, in ms: the machine at the other end
 * may be gone and a replica promoted. A worker's blocking wait for a job takes up to 10 s.
 */
const BLOCKING_SOCKET_TIMEOUT_MS = 15_000;

/** Interval of the check whether Redis has loaded its data, in ms. */
const LOADING_MS = 200;

const retryDelay = (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000);

const common = {
  connectTimeout: TIMEOUT_MS,
  // For idle connections, such as those of subscriptions.
  keepAlive: 10_000,
  // `keepSubscribed` subscribes again: ioredis itself would ignore a failure of that.
  autoResubscribe: false,
  // Redis estimates its loading time, at first far too long.
  maxLoadingRetryTime: LOADING_MS,
  // A demoted master replies READONLY: find the new one and send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
} satisfies RedisOptions;

/**
 * For requests: commands fail at once while Redis is unavailable, and after `timeoutMs` without a reply. Reconnects by
 * itself.
 */
export function connectFailFast(url: string, timeoutMs = TIMEOUT_MS): Connection {
  const redis = connect(url, {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
  });
  return readBeforeTimeouts(redis);
}

/**
 * Lets commands time out only after the replies that have arrived are read. Otherwise a process that was busy for longer
 * than the timeout would fail all its commands, though Redis has replied: Node runs timers before it reads.
 */
function readBeforeTimeouts<T extends Connection>(redis: T): T {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command: Command, ...target: [stream?: never, node?: never]) => {
    const { reject } = command;
    command.reject = (error) => {
      if (error.message === 'Command timed out') setImmediate(reject, error);
      else reject(error);
    };
    return send(command, ...target);
  };
  return redis;
}

/** For workers and subscriptions: commands wait while Redis is unavailable, so that no result is lost. */
export const connectBlocking = (url: string): Connection =>
  connect(url, { ...common, maxRetriesPerRequest: null, socketTimeout: BLOCKING_SOCKET_TIMEOUT_MS });

type Options = typeof common &
  Pick<RedisOptions, 'maxRetriesPerRequest' | 'commandTimeout' | 'enableOfflineQueue' | 'socketTimeout'>;

function connect(url: string, options: Options): Connection {
  const address = parseRedisUrl(url);
  if (address === null) throw new TypeError('invalid Redis URL');
  if (address.kind === 'single')
    return catchErrors(new Redis(address.url, { ...options, retryStrategy: retryDelay }));
  return catchErrors(address.kind === 'cluster' ? toCluster(address, options) : toMaster(address, options));
}

function toCluster(address: Kind<'cluster'>, options: Options): Cluster {
  const { enableOfflineQueue = true, ...redisOptions } = options;
  const { nodes, tls } = address;
  return new Cluster([...nodes], {
    redisOptions: { ...redisOptions, ...credentials(address), ...(tls && { tls: {} }) },
    clusterRetryStrategy: retryDelay,
    enableOfflineQueue,
    // Until a lost node is replaced, a command is sent again every 100 ms.
    maxRedirections: enableOfflineQueue ? Number.POSITIVE_INFINITY : 8,
    slotsRefreshTimeout: 2 * TIMEOUT_MS,
    // Otherwise names in certificates would not match the addresses that the nodes announce.
    ...(tls && { dnsLookup: (host, done) => done(null, host) }),
  });
}

function toMaster(address: Kind<'sentinel'>, options: Options): Redis {
  const { nodes, master, sentinels, tls } = address;
  return new Redis({
    ...options,
    ...credentials(address),
    sentinels: [...nodes],
    name: master,
    ...(sentinels.username !== null && { sentinelUsername: sentinels.username }),
    ...(sentinels.password !== null && { sentinelPassword: sentinels.password }),
    sentinelRetryStrategy: retryDelay,
    sentinelCommandTimeout: TIMEOUT_MS,
    // Leaves an old master that hangs when the sentinels report a new one.
    failoverDetector: true,
    ...(tls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    retryStrategy: retryDelay,
  });
}

type Kind<K extends RedisAddress['kind']> = Extract<RedisAddress, { kind: K }>;

const credentials = ({ username, password }: Secrets) => ({
  ...(username !== null && { username }),
  ...(password !== null && { password }),
});

const lastErrors = new WeakMap<Connection, Error>();

/** Last error of a connection. */
export const lastErrorOf = (redis: Connection): Error | undefined => lastErrors.get(redis);

/** A lost connection shows in `status` and in failed commands; an unhandled 'error' event would end the process. */
function catchErrors<T extends Connection>(redis: T): T {
  redis.on('error', (error: Error & { lastNodeError?: Error }) => {
    lastErrors.set(redis, sanitizeError(error.lastNodeError ?? error));
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

/** An error that is safe to log. ioredis adds the failed command with its arguments, such as passwords and prompts. */
export function sanitizeError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (Object.keys(error).length === 0) return error;
  const sanitized = new Error(error.message);
  sanitized.name = error.name;
  if (error.stack !== undefined) sanitized.stack = error.stack;
  return sanitized;
}
