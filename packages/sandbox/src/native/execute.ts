import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeFilter } from '../child/filter.ts';
import { ARCHITECTURES, type Task } from '../child/system-calls.ts';
import { type ChildEnd, residentOf, START_MS, scriptPath } from '../child-process.ts';
import { SandboxUnavailable } from '../program.ts';

export interface Command {
  readonly task: Exclude<Task, 'interpreter'>;
  /** An absolute path and its arguments. */
  readonly command: readonly string[];
  readonly environment: readonly string[];
  /** Working directory. A compiler may write there, and read nothing else but `/usr`. */
  readonly folder: string;
  readonly stdin: string;
  readonly limits: {
    readonly ms: number;
    /** Memory, addresses and largest file of each process, in megabytes. The launcher adds what it uses itself. */
    readonly memoryMb: number;
    readonly addressMb: number;
    readonly fileMb: number;
    readonly outputChars: number;
  };
  readonly signal?: AbortSignal | undefined;
}

export interface Ended {
  /** `exit` by itself, also by a signal; else why it was killed. */
  readonly end: Exclude<ChildEnd, 'done' | 'crashed'>;
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Numbers of limits.
const RLIMIT_CPU = 0;
const RLIMIT_FSIZE = 1;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const RLIMIT_NOFILE = 7;
const RLIMIT_MEMLOCK = 8;
const RLIMIT_AS = 9;
const RLIMIT_MSGQUEUE = 12;

// Rights of Landlock.
const EXECUTE = 1 << 0;
const READ_FILE = 1 << 2;
const READ_FOLDER = 1 << 3;
/** Write, truncate, make and remove files and folders: no devices, sockets and links. */
const WRITE = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 14);

const MB = 2 ** 20;
const OPEN_FILES = 64;
const LONGEST_STDERR = 4_000;
const WATCH_MS = 50;
const MAX_TRIES = 5;
const RETRY_MS = 200;
/** Threads of a program. One more ends it. */
const MAX_THREADS = 64;

/** The user that root becomes. Null if this process is not root's. */
export const NOBODY = process.getuid?.() === 0 ? 65_534 : null;

const rulesFor = ({ task, command, folder }: Command) =>
  task === 'program'
    ? [{ path: command[0]!, rights: EXECUTE | READ_FILE }]
    : [
        { path: '/usr', rights: EXECUTE | READ_FILE | READ_FOLDER },
        { path: folder, rights: READ_FILE | READ_FOLDER | WRITE },
      ];

const limitsFor = ({ limits: { ms, memoryMb, addressMb, fileMb } }: Command) => [
  // Of all threads together.
  [RLIMIT_CPU, Math.ceil((ms / 1_000) * availableParallelism()) + 1],
  [RLIMIT_FSIZE, fileMb * MB],
  [RLIMIT_CORE, 0],
  [RLIMIT_NOFILE, OPEN_FILES],
  [RLIMIT_MEMLOCK, 0],
  [RLIMIT_MSGQUEUE, 0],
  [RLIMIT_DATA, memoryMb * MB],
  [RLIMIT_AS, addressMb * MB],
];

/** Whether koffi and a known architecture are there. The rest shows when a process is started. */
export const canLaunch = () => {
  if (process.platform !== 'linux' || ARCHITECTURES[process.arch] === undefined) return false;
  try {
    createRequire(import.meta.url).resolve('koffi');
    return true;
  } catch {
    return false;
  }
};

/**
 * Runs a compiler or a compiled program in a process that the kernel limits, and kills it with its whole group when it
 * has ended, at its deadline, or when it exceeds something. The filter denies it to leave its group.
 * @throws SandboxUnavailable if the process cannot be locked
 */
export async function execute(command: Command): Promise<Ended> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(command);
    } catch (error) {
      // Another program may have used up the processes of the container, until it is killed.
      if (tries === MAX_TRIES || command.signal?.aborted) throw error;
      await delay(RETRY_MS);
    }
  }
}

async function attempt(command: Command): Promise<Ended> {
  const { limits, signal } = command;
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new SandboxUnavailable('the sandbox does not know this architecture');
  const child = spawn(process.execPath, ['--no-warnings', scriptPath('launch.js')], {
    env: {},
    cwd: command.folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) {
    // Without free file descriptors, it has no streams either.
    child.on('error', () => {});
    throw new SandboxUnavailable('the sandbox did not start: no process could be created');
  }
  const group = child.pid;
  const channel = child.stdio[3] as Duplex;
  const closed = new Promise<Pick<Ended, 'code' | 'killedBy'>>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new SandboxUnavailable(`the sandbox did not start: ${error.message}`)),
    );
    child.on('close', (code, killedBy) => resolve({ code, killedBy }));
  });
  let end: Ended['end'] | null = null;
  let hasExited = false;
  function kill(why: Ended['end']) {
    end ??= why;
    // Later, another process may have its number.
    if (hasExited) return;
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }
  child.on('exit', () => {
    // The processes that it has started end with it.
    kill('exit');
    hasExited = true;
  });
  const abort = () => kill('timeout');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  let timer = setTimeout(abort, START_MS);
  const watch = setInterval(() => {
    // Of a compiler, this is its first process. The limits of the kernel hold for each of the others.
    const { residentMb, threads } = residentOf(group);
    if (started && (residentMb > limits.memoryMb || threads > MAX_THREADS)) kill('memory');
  }, WATCH_MS);

  let report = '';
  let started = false;
  channel.setEncoding('utf8').on('data', (text: string) => {
    report += text;
    if (started || !report.startsWith('start')) return;
    started = true;
    clearTimeout(timer);
    timer = setTimeout(abort, limits.ms);
  });
  const stdout: Buffer[] = [];
  let printed = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.length;
    if (printed > limits.outputChars) kill('output');
    else stdout.push(bytes);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, LONGEST_STDERR);
  });
  for (const stream of [child.stdin, channel]) stream.on('error', () => {});
  channel.end(
    JSON.stringify({
      command: command.command,
      environment: command.environment,
      folder: command.folder,
      user: NOBODY,
      limits: limitsFor(command),
      rules: rulesFor(command),
      seccomp: architecture.seccomp,
      filter: encodeFilter(command.task, group, architecture).toString('base64'),
    }),
  );
  child.stdin.end(command.stdin);
  try {
    const { code, killedBy } = await closed;
    if (report !== 'start' && !signal?.aborted)
      throw new SandboxUnavailable(`the sandbox did not start: ${report || stderr}`.slice(0, 500));
    const isCut = printed > limits.outputChars;
    const text = Buffer.concat(stdout).toString();
    return { end: isCut ? 'output' : (end ?? 'exit'), code, killedBy, stdout: text, stderr };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal?.removeEventListener('abort', abort);
  }
}
