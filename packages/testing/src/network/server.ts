import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { HANG_MS } from '../timeouts.ts';
import { freePort } from './free-port.ts';
import type { Programs } from './programs.ts';

/** A Redis, Valkey or sentinel process on a port of 127.0.0.1. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Runs the command-line client. Resolves with its output. */
  command(...args: readonly string[]): Promise<string>;
  /** Sends a signal such as SIGKILL, SIGSTOP or SIGCONT to the process. */
  signal(name: NodeJS.Signals): void;
}

export interface ServerOptions {
  /** Lines of its configuration file, without the port. */
  readonly config?: readonly string[];
  /** Uses TLS on its only port, with lines of its configuration and options of the command-line client. */
  readonly tls?: { readonly config: readonly string[]; readonly client: readonly string[] };
  readonly sentinel?: boolean;
  /** Options of the command-line client, such as a password. */
  readonly client?: readonly string[];
}

const run = promisify(execFile);

export async function startServer(programs: Programs, options: ServerOptions = {}): Promise<Server> {
  const { config = [], tls, sentinel = false, client = [] } = options;
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'codegen-redis-'));
  const listen = tls ? ['port 0', `tls-port ${port}`, ...tls.config] : [`port ${port}`];
  const lines = [`dir ${dir}`, 'bind 127.0.0.1', ...listen, 'loglevel notice', ...config];
  const storage = sentinel ? [] : ['save ""', 'appendonly no', 'repl-diskless-sync-delay 0'];
  const file = join(dir, 'server.conf');
  await writeFile(file, [...lines, ...storage, ''].join('\n'));

  const child = spawn(programs.server, [file, ...(sentinel ? ['--sentinel'] : [])]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-4_000);
    });
  let hasEnded = false;
  const ended = once(child, 'close').then(() => {
    hasEnded = true;
  });
  const args = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '--no-auth-warning',
    ...(tls?.client ?? []),
    ...client,
  ];
  const server: Server = {
    port,
    command: async (...words) =>
      (await run(programs.cli, [...args, ...words], { timeout: 20_000 })).stdout.trim(),
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill('SIGKILL');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
  const answers = async () => {
    if (hasEnded) throw new Error(`${programs.server} ended:\n${output}`);
    return (await server.command('PING').catch(() => '')) === 'PONG';
  };
  try {
    await vi.waitUntil(answers, { timeout: HANG_MS, interval: 20 });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

/** Adds the servers to the stack. Rejects if one of them does not start; the stack then stops the others. */
export async function startServers(
  stack: AsyncDisposableStack,
  starts: readonly Promise<Server>[],
): Promise<Server[]> {
  const outcomes = await Promise.allSettled(starts);
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') stack.use(outcome.value);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
