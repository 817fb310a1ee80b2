import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRedisServer } from 'js-redis-server';

/** A Redis that only this process uses. */
export interface PrivateRedis {
  readonly url: string;
  /** The folder of its append-only file, or null if it keeps no data. */
  readonly data: string | null;
  close(): Promise<void>;
}

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

/** Starts a Redis substitute in this process, for machines without a Redis. It is slow and keeps no data. */
export async function startEmbeddedRedis(): Promise<PrivateRedis> {
  const server = await createRedisServer();
  return { url: `redis://127.0.0.1:${server.port}`, data: null, close: () => server.close() };
}

/**
 * Starts a Redis server on a Unix socket in `dir` that only this user can reach. With `durable` it keeps an append-only
 * file there. Reuses the server that a crashed process left running in `dir`: two servers would corrupt the file.
 */
export async function startPrivateRedis(
  binary: string,
  dir: string,
  durable: boolean,
): Promise<PrivateRedis> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socket = join(dir, 'redis.sock');
  if (socket.length > MAX_SOCKET_PATH) {
    throw new Error(
      `the path of ${socket} is too long for a socket; start from a folder with a shorter path`,
    );
  }
  if (!(await isReady(socket))) await launch(binary, dir, socket, durable);
  return {
    url: `unix://${socket}`,
    data: durable ? dir : null,
    close: () => shutDown(socket),
  };
}

async function launch(binary: string, dir: string, socket: string, durable: boolean) {
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
  // In a process group of its own: Ctrl-C must not stop Redis before its clients have closed.
  const server = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  let failure: string | null = null;
  const append = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  server.stdout.on('data', append);
  server.stderr.on('data', append);
  server.once('error', (error) => {
    failure = error.message;
  });
  server.once('exit', (code) => {
    failure ??= `it exited with ${code}`;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(socket))) {
    if (failure === null && Date.now() < deadline) await sleep(POLL_MS);
    else throw new Error(`${binary} did not start: ${failure ?? 'it does not answer'}\n${output}`);
  }
  server.unref();
  server.stdout.destroy();
  server.stderr.destroy();
}

/** True once the server has loaded its data and accepts commands. */
const isReady = async (socket: string) => (await send(socket, 'PING')).startsWith('+PONG');

async function shutDown(socket: string) {
  await send(socket, 'SHUTDOWN');
  while (await isReady(socket)) await sleep(POLL_MS);
}

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
