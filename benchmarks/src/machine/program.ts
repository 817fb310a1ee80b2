import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { searchPath } from '../config.ts';
import type { MemoryUsage } from './probe.ts';

/** A child process. Its output goes to a file, because reading a pipe would cost the harness CPU time. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  readonly child: ChildProcess;
  readonly pid: number;
  output(): string;
  /** The first match in the output. @throws Error if the program ends, or does not print it within a minute */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal. Resolves when the process has exited. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Folder for the output file. */
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to open the IPC channel that `probe.ts` uses. */
  readonly channel?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

const OUTPUT_TIMEOUT_MS = 60_000;
let started = 0;
const running = new Set<ChildProcess>();

/** Kills all programs without waiting, for the exit of the harness. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

export function startProgram(name: string, options: ProgramOptions): Program {
  const { command, args, dir, env = {}, channel = false, user } = options;
  const file = join(dir, `${name}-${++started}.log`);
  const out = openSync(file, 'w');
  const child = spawn(command, args, {
    // The program does not inherit keys and settings of the caller.
    env: { PATH: searchPath(), HOME: dir, ...env },
    cwd: dir,
    stdio: channel ? ['ignore', out, out, 'ipc'] : ['ignore', out, out],
    ...user,
  });
  closeSync(out);
  running.add(child);
  child.once('exit', () => running.delete(child));
  let failure: Error | null = null;
  child.on('error', (error) => {
    failure = error;
  });
  const hasEnded = () => failure !== null || child.exitCode !== null || child.signalCode !== null;
  const output = () => readFileSync(file, 'utf8');
  const end = async (signal: NodeJS.Signals) => {
    if (hasEnded()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    name,
    child,
    pid: child.pid ?? 0,
    output,
    async waitForOutput(pattern) {
      for (const until = Date.now() + OUTPUT_TIMEOUT_MS; ; await sleep(15)) {
        const match = pattern.exec(output());
        if (match) return match;
        if (hasEnded() || Date.now() > until) {
          throw new Error(`${name} did not start: ${failure?.message ?? ''}\n${output().slice(-3_000)}`);
        }
      }
    },
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROBE = join(import.meta.dirname, 'probe.ts');

/** A Node program of the system under test. */
export interface NodeProgram extends Program {
  /** Memory after a garbage collection, in bytes. */
  memory(): Promise<MemoryUsage>;
}

export interface NodeProgramOptions {
  /** Path relative to the root of the repository. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile, written on a regular exit. */
  readonly profile?: string | null;
}

export function startNode(name: string, options: NodeProgramOptions): NodeProgram {
  const { entry, args = [], dir, env = {}, profile } = options;
  const profiling = profile
    ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`]
    : [];
  const program = startProgram(name, {
    command: process.execPath,
    args: ['--expose-gc', ...profiling, '--import', PROBE, join(ROOT, entry), ...args],
    dir,
    env: { NODE_ENV: 'production', ...env },
    channel: true,
  });
  const { child } = program;
  return {
    ...program,
    memory: () =>
      new Promise((resolve, reject) => {
        child.once('message', (answer) => resolve(answer as MemoryUsage));
        child.once('exit', () => reject(new Error(`${name} has ended`)));
        child.send('memory');
      }),
  };
}
