import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Redis for this service alone. */
export interface PrivateRedis {
  readonly url: string;
  /** Where it keeps what it holds, or null if it does not. */
  readonly data: string | null;
  close(): Promise<void>;
}

const BINARIES = ['redis-server', 'valkey-server'];
/** The kernel's limit for the path of a socket, less its end mark. */
const LONGEST_SOCKET_PATH = 103;
const START_DEADLINE_MS = 20_000;

/** The first Redis or Valkey server on a PATH, or null. */
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
 * Runs a Redis server on a socket in `dir`, reachable for this user only. With `durable` it keeps an append-only file
 * there. One that a crashed process left behind in `dir` is taken over: two servers on one file would spoil it.
 */
export async function startPrivateRedis(
  binary: string,
  dir: string,
  durable: boolean,
): Promise<PrivateRedis> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const socket = join(dir, 'redis.sock');
  if (socket.length > LONGEST_SOCKET_PATH) {
    throw new Error(
      `the path of ${socket} is too long for a socket; start from a folder with a shorter path`,
    );
  }
  if (!(await answers(socket))) await launch(binary, dir, socket, durable);
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
  // Of its own process group: a Ctrl-C in the terminal is for us, and Redis must outlive those who write to it.
  const server = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  let ended: string | null = null;
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  };
  server.stdout.on('data', hear);
  server.stderr.on('data', hear);
  server.once('error', (error) => {
    ended = error.message;
  });
  server.once('exit', (code) => {
    ended ??= `it exited with ${code}`;
  });
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await answers(socket))) {
    if (ended === null && Date.now() < deadline) await sleep(20);
    else throw new Error(`${binary} did not start: ${ended ?? 'it does not answer'}\n${said}`);
  }
  server.unref();
  server.stdout.destroy();
  server.stderr.destroy();
}

/** True once the server has loaded its data and takes commands. */
const answers = async (socket: string) => (await say(socket, 'PING')).startsWith('+PONG');

async function shutDown(socket: string) {
  await say(socket, 'SHUTDOWN');
  while (await answers(socket)) await sleep(20);
}

/** One inline command; an empty string if nobody answers. */
function say(path: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    const connection = createConnection({ path });
    let reply = '';
    connection.setTimeout(2_000, () => connection.destroy());
    connection.on('connect', () => connection.write(`${command}\r\n`));
    connection.on('data', (chunk) => {
      reply += chunk.toString();
      connection.end();
    });
    connection.on('error', () => connection.destroy());
    connection.on('close', () => resolve(reply));
  });
}
