import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { searchPath } from '../config.ts';

/** A program in a process of its own, whose output goes to a file: reading a pipe would cost the harness time. */
export interface Program extends AsyncDisposable {
  readonly name: string;
  readonly child: ChildProcess;
  readonly pid: number;
  output(): string;
  /** What `pattern` matched in the output. @throws if the program ends or keeps silent for a minute */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Folder for its output. */
  readonly dir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it can be asked over the channel that `probe.ts` listens on. */
  readonly channel?: boolean;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

const SILENCE_MS = 60_000;
let started = 0;
const running = new Set<ChildProcess>();

/** For the end of the harness itself: nothing is waited for. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

export function startProgram(name: string, options: ProgramOptions): Program {
  const { command, args, dir, env = {}, channel = false, user } = options;
  const file = join(dir, `${name}-${++started}.log`);
  const out = openSync(file, 'w');
  const child = spawn(command, args, {
    // Nothing of the caller's keys and settings reaches it.
    env: { PATH: searchPath(), HOME: dir, ...env },
    cwd: dir,
    stdio: channel ? ['ignore', out, out, 'ipc'] : ['ignore', out, out],
    ...user,
  });
  closeSync(out);
  running.add(child);
  child.once('exit', () => running.delete(child));
  let fault: Error | null = null;
  child.on('error', (error) => {
    fault = error;
  });
  const over = () => fault !== null || child.exitCode !== null || child.signalCode !== null;
  const output = () => readFileSync(file, 'utf8');
  const end = async (signal: NodeJS.Signals) => {
    if (over()) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    name,
    child,
    pid: child.pid ?? 0,
    output,
    async said(pattern) {
      for (const until = Date.now() + SILENCE_MS; ; await sleep(15)) {
        const match = pattern.exec(output());
        if (match) return match;
        if (over() || Date.now() > until) {
          throw new Error(`${name} did not start: ${fault?.message ?? ''}\n${output().slice(-3_000)}`);
        }
      }
    },
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}
