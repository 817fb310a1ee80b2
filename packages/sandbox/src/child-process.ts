import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { dirname, extname, join, sep } from 'node:path';
import pLimit from 'p-limit';

export interface ChildOptions {
  /** File in `child/`. */
  readonly script: string;
  readonly args: readonly (string | number)[];
  /** Memory that the process may use in total, in megabytes. It is killed above that. */
  readonly residentMb: number;
  /** Further flags of Node. */
  readonly flags?: readonly string[];
  /** An open file that the child gets as file descriptor 4. */
  readonly file?: number;
  readonly signal?: AbortSignal;
  /** The child does not keep its parent running. */
  readonly isBackground?: boolean;
}

/** One line that a child sends. */
export type ChildReport = Readonly<Record<string, unknown>>;

/** Why a child has ended: `exit` by itself, or killed by its parent. */
export type ChildEnd = 'done' | 'output' | 'memory' | 'timeout' | 'crashed' | 'exit';

export interface Child {
  /** Resolves with the child's report that it is locked. Null if it ended before. */
  readonly ready: Promise<ChildReport | null>;
  readonly ended: Promise<ChildEnd>;
  /** What the child wrote to stderr, at most 2,000 characters. */
  stderr(): string;
  /** Sends the only input of the child. */
  send(input: object): void;
  /** Sends one of several inputs. */
  sendLine(input: object): void;
  kill(end: ChildEnd): void;
}

const CHILDREN = join(import.meta.dirname, 'child');
const PACKAGE = dirname(import.meta.dirname);

/** The path of a script in `child/`. Scripts are compiled where this file is. */
export const scriptPath = (name: string) =>
  join(CHILDREN, name.replace(/\.ts$/, extname(import.meta.filename)));

/** Time for the start of a child on a loaded machine, ms. */
export const START_MS = 20_000;

/** CPU seconds after which the kernel ends a process that lost its parent. */
const CPU_SECONDS = 60;
const OPEN_FILES = 64;
const LONGEST_LINE = 4_000_000;
const LONGEST_STDERR = 2_000;
const MEMORY_CHECK_MS = 50;

/** Folder with all installed packages, which children read before they are locked. */
function packagesFolder(): string {
  const file = createRequire(import.meta.url).resolve('amaro');
  const mark = `${sep}node_modules${sep}`;
  return file.slice(0, file.indexOf(mark) + mark.length);
}

/** Children at a time in this process: each uses a processor and 100 to 450 MB, the largest process of a compiler up to 512 MB. Others wait. */
export const limitChildren = pLimit(Math.max(1, availableParallelism()));

/** Starts a child: no environment, no files but its packages, limits by the shell, a process group of its own. */
export function startChild(options: ChildOptions, onReport: (report: ChildReport) => void): Child {
  const { script, args, flags = [] } = options;
  const node = [
    '--permission',
    `--allow-fs-read=${PACKAGE}${sep}*`,
    `--allow-fs-read=${packagesFolder()}*`,
    '--allow-fs-read=/proc/self/status',
    '--allow-addons',
    '--disallow-code-generation-from-strings',
    '--disable-proto=delete',
    '--max-old-space-size=256',
    '--no-warnings',
    ...flags,
  ];
  return start([...node, scriptPath(script), ...args.map(String)], options, onReport);
}

/** @param argv arguments of Node */
export function start(
  argv: readonly string[],
  { residentMb, file, signal, isBackground = false }: Omit<ChildOptions, 'script' | 'args'>,
  onReport: (report: ChildReport) => void,
): Child {
  const isWindows = process.platform === 'win32';
  const cpu = isBackground ? '' : `ulimit -t ${CPU_SECONDS}; `;
  const limits = `ulimit -c 0; ulimit -f 0; ulimit -n ${OPEN_FILES}; ${cpu}exec "$0" "$@"`;
  const [command, ...args] = isWindows
    ? [process.execPath, ...argv]
    : ['/bin/sh', '-c', limits, process.execPath, ...argv];
  const child = spawn(command!, args, {
    env: {},
    cwd: CHILDREN,
    detached: !isWindows,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', ...(file === undefined ? [] : [file])],
  });
  let stderr = '';
  let line = '';
  const ready = Promise.withResolvers<ChildReport | null>();
  const ended = Promise.withResolvers<ChildEnd>();

  function kill(end: ChildEnd) {
    ended.resolve(end);
    if (child.exitCode !== null || child.pid === undefined) return;
    try {
      process.kill(isWindows ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  function receive(text: string) {
    line += text;
    for (let end = line.indexOf('\n'); end >= 0; end = line.indexOf('\n')) {
      const report = parse(line.slice(0, end));
      line = line.slice(end + 1);
      if (report === null) continue;
      if (report.ready === true) ready.resolve(report);
      else if (isReportedEnd(report.end)) kill(report.end);
      else onReport(report);
    }
    if (line.length > LONGEST_LINE) kill('output');
  }
  child.stdin?.on('error', () => {});
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, LONGEST_STDERR);
  });
  const reports = child.stdio?.[3];
  if (reports && 'setEncoding' in reports) reports.setEncoding('utf8').on('data', receive);

  const watch = setInterval(() => {
    if (residentOf(child.pid).residentMb > residentMb) kill('memory');
  }, MEMORY_CHECK_MS);
  if (isBackground) {
    watch.unref();
    child.unref();
    for (const stream of child.stdio ?? []) (stream as Socket | null | undefined)?.unref?.();
  }
  const abort = () => kill('timeout');
  signal?.addEventListener('abort', abort, { once: true });
  const end = (why: ChildEnd) => {
    clearInterval(watch);
    signal?.removeEventListener('abort', abort);
    ready.resolve(null);
    ended.resolve(why);
  };
  child.on('error', () => end('exit'));
  // After the last report has been read.
  child.on('close', () => end('exit'));
  if (signal?.aborted) abort();

  return {
    ready: ready.promise,
    ended: ended.promise,
    stderr: () => stderr,
    send: (input) => void child.stdin?.end(JSON.stringify(input)),
    sendLine: (input) => void child.stdin?.write(`${JSON.stringify(input)}\n`),
    kill,
  };
}

const isReportedEnd = (end: unknown): end is ChildEnd =>
  end === 'done' || end === 'output' || end === 'crashed';

function parse(text: string): ChildReport | null {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === 'object' && report !== null ? (report as ChildReport) : null;
  } catch {
    return null;
  }
}

/** Resident memory in megabytes, and threads. 0 where the system does not say. */
export function residentOf(pid: number | undefined): { residentMb: number; threads: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const numberOf = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    return { residentMb: numberOf('VmRSS') / 1_024, threads: numberOf('Threads') };
  } catch {
    return { residentMb: 0, threads: 0 };
  }
}
