import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisServer } from 'js-redis-server';
import { lockFolder } from './folder-lock.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';

/** A Redis that only this process uses. */
export interface PrivateRedis {
  readonly url: string;
  /** The folder of its append-only file, or null if it keeps no data. */
  readonly data: string | null;
  /** Resolves when the server has ended by itself and cannot be restarted. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** A server in this process ends with it. */
const NEVER = new Promise<never>(() => {});

const BINARIES = ['redis-server', 'valkey-server'];
/** The kernel's limit for the path of a Unix socket, less the terminating zero byte. */
const MAX_SOCKET_PATH = 103;
const START_TIMEOUT_MS = 20_000;
const COMMAND_TIMEOUT_MS = 2_000;
const POLL_MS = 20;

/** Path of the first Redis or Valkey server on a `PATH`, or null. */
export async function findRedisServer(path: string): Promise<string | null> {
  for (const dir of path.split(delimiter)) {
    for (const name of BINARIES) {
      const file = join(dir, name);
      const found = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (dir !== '' && found) return file;
    }
  }
  return null;
}

/**
 * Time in ms for a reply of the embedded Redis. It shares its thread with the service, which may be busy for seconds on a
 * slow machine.
 */
export const EMBEDDED_TIMEOUT_MS = 10_000;

/** Starts a Redis substitute in this process, for machines without a Redis. It is slow and keeps no data. */
export async function startEmbeddedRedis(): Promise<PrivateRedis> {
  const server = await createRedisServer();
  return { url: `redis://127.0.0.1:${server.port}`, data: null, failed: NEVER, close: () => server.close() };
}

/** A server that ends sooner than this, in ms, has crashed at once; after so many of them, it is not restarted. */
const MIN_UPTIME_MS = 10_000;
const MAX_QUICK_ENDS = 3;

interface PrivateRedisOptions {
  /** Whether it keeps an append-only file. Then it is restarted when it ends by itself. */
  readonly durable: boolean;
  /** Receives a sentence for the log when it ends by itself and was restarted. */
  readonly report?: (message: string) => void;
}

/**
 * Starts a Redis server on a Unix socket in `dir` that only this user can reach, and that ends with this process. No other
 * process may use the folder at the same time. @throws Error if one does, or if the server does not start
 */
export async function startPrivateRedis(
  binary: string,
  dir: string,
  { durable, report = () => {} }: PrivateRedisOptions,
): Promise<PrivateRedis> {
  const socket = join(dir, 'redis.sock');
  if (socket.length > MAX_SOCKET_PATH) {
    throw new Error(
      `the path of ${socket} is too long for a socket; start from a folder with a shorter path`,
    );
  }
  const lock = lockFolder(dir);
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  let isClosing = false;
  let quickEnds = 0;
  let server: GuardedProcess | null = null;
  let starting: Promise<unknown> = Promise.resolve();

  async function run() {
    await endEarlierServer(socket);
    const startedAt = Date.now();
    server = await launch(binary, dir, socket, durable);
    void server.ended.then((end) => restart(end, Date.now() - startedAt));
  }

  function restart(end: string, uptimeMs: number) {
    if (isClosing) return;
    quickEnds = uptimeMs < MIN_UPTIME_MS ? quickEnds + 1 : 0;
    if (!durable || quickEnds > MAX_QUICK_ENDS) return fail(new Error(`the private Redis has ended: ${end}`));
    starting = run().then(
      () => report(`the private Redis had ended and was started again: ${end}`),
      (error) => fail(error),
    );
  }

  try {
    await run();
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    url: `unix://${socket}`,
    data: durable ? dir : null,
    failed,
    async close() {
      isClosing = true;
      // A restart may have begun.
      await starting;
      await server?.end();
      lock.release();
    },
  };
}

async function launch(
  binary: string,
  dir: string,
  socket: string,
  durable: boolean,
): Promise<GuardedProcess> {
  const config = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir,
    appendonly: durable ? 'yes' : 'no',
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'warning',
  };
  const args = Object.entries(config).flatMap(([name, value]) => [`--${name}`, value]);
  const server = startGuarded(binary, args);
  let end: string | null = null;
  void server.ended.then((text) => {
    end = text;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(socket))) {
    if (end === null && Date.now() < deadline) {
      await sleep(POLL_MS);
      continue;
    }
    const reason = end ?? 'it does not answer';
    await server.end();
    throw new Error(`${binary} did not start: ${reason}`);
  }
  return server;
}

/** True once the server has loaded its data and accepts commands. */
const isReady = async (socket: string) => (await send(socket, 'PING')).startsWith('+PONG');

/**
 * Waits until the server of a process that crashed has ended: two servers would corrupt the file. A server that hangs still
 * accepts connections. @throws Error if it does not end
 */
async function endEarlierServer(socket: string) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (await accepts(socket)) {
    if (Date.now() > deadline) {
      throw new Error(`an earlier Redis still listens on ${socket} and does not end; end that process`);
    }
    await send(socket, 'SHUTDOWN');
    await sleep(POLL_MS);
  }
}

const accepts = (path: string) =>
  new Promise<boolean>((resolve) => {
    const connection = createConnection({ path });
    connection.once('connect', () => resolve(connection.destroy() !== null));
    connection.once('error', () => resolve(false));
  });

/** Sends one inline command. @returns the reply, or an empty string if no server answers */
function send(path: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const connection = createConnection({ path });
    let reply = '';
    connection.setTimeout(COMMAND_TIMEOUT_MS, () => connection.destroy());
    connection.on('connect', () => connection.write(`${command}\r\n`));
    connection.on('data', (chunk) => {
      reply += chunk.toString();
      connection.end();
    });
    connection.on('error', () => connection.destroy());
    connection.on('close', () => resolve(reply));
  });
}
