import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from './until.ts';

/** One run of a process, from its start to its end. Times are milliseconds since 1970. */
export interface ProcessRun {
  readonly process: string;
  readonly pid: number;
  /** Hash of the API key in the call feed of the simulator. */
  readonly caller: string;
  readonly startedAt: number;
  endedAt: number | null;
  /** Exit code, or the signal that ended it. */
  exit: number | NodeJS.Signals | null;
  /** Whether it was killed without a graceful shutdown. */
  killed: boolean;
  /** Whether it received one SIGTERM. */
  stopped: boolean;
  /** Whether it received SIGINT after SIGTERM. */
  stoppedTwice: boolean;
}

export interface ProcessOptions {
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of its output file, shared by all its runs. */
  readonly dir: string;
  /** Whether the process is ready, given its output so far. */
  readonly ready: (output: string) => unknown;
}

/** A program that can be stopped and restarted with the same settings. */
export interface ManagedProcess extends AsyncDisposable {
  readonly name: string;
  readonly runs: readonly ProcessRun[];
  /** Whether it is a Node process with `commands.preload.ts`. */
  readonly isNode: boolean;
  /** The current or last run. */
  run(): ProcessRun;
  /** Resolves when it is ready. Rejects if it ends before. */
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Sends SIGKILL. Resolves after the exit. */
  kill(): Promise<ProcessRun>;
  /** Sends SIGTERM. Resolves after the exit. */
  stop(): Promise<ProcessRun>;
  ended(): Promise<ProcessRun>;
  /** Sends a command to `commands.preload.ts`. Resolves with its response. */
  command(command: object): Promise<unknown>;
}

export function createProcess(options: ProcessOptions): ManagedProcess {
  const { name, program, args = [], env = {}, dir, ready } = options;
  const log = createWriteStream(join(dir, `${name}.log`), { flags: 'a' });
  const runs: ProcessRun[] = [];
  let child: ChildProcess | null = null;
  let ended: Promise<ProcessRun> = Promise.reject(new Error(`${name} was never started`));
  ended.catch(() => {});
  /** Of the current run until it is ready: a worker that takes jobs at once prints any number of lines before. */
  let output = '';

  const isNode = program === process.execPath;
  const managed: ManagedProcess = {
    name,
    runs,
    isNode,
    run() {
      const run = runs.at(-1);
      if (run === undefined) throw new Error(`${name} was never started`);
      return run;
    },
    async start() {
      const key = `key-of-${name}-${runs.length}`;
      output = '';
      let isReady = false;
      const started = spawn(program, args, {
        // The process does not inherit keys and settings of the caller.
        env: { PATH: process.env.PATH, HOME: process.env.HOME, MODEL_API_KEY: key, ...env },
        cwd: tmpdir(),
        stdio: ['ignore', 'pipe', 'pipe', ...(isNode ? (['ipc'] as const) : [])],
      });
      child = started;
      const receive = (chunk: Buffer) => {
        log.write(chunk);
        if (!isReady) output += chunk;
      };
      started.stdout?.on('data', receive);
      started.stderr?.on('data', receive);
      const caller = createHash('sha256').update(`Bearer ${key}`).digest('hex').slice(0, 16);
      const run: ProcessRun = {
        process: name,
        pid: started.pid ?? 0,
        caller,
        startedAt: Date.now(),
        endedAt: null,
        exit: null,
        killed: false,
        stopped: false,
        stoppedTwice: false,
      };
      runs.push(run);
      ended = once(started, 'close').then(([code, signal]) => {
        run.endedAt = Date.now();
        run.exit = code ?? signal;
        return run;
      });
      await waitUntil(`${name} is ready; see ${dir}`, () => run.endedAt !== null || ready(output));
      if (run.endedAt !== null) throw new Error(`${name} ended with ${run.exit}:\n${output}`);
      isReady = true;
      output = '';
    },
    signal(signal) {
      child?.kill(signal);
    },
    kill() {
      managed.run().killed = true;
      child?.kill('SIGKILL');
      return ended;
    },
    stop() {
      managed.run().stopped = true;
      child?.kill('SIGTERM');
      return ended;
    },
    ended: () => ended,
    async command(command) {
      const [answer] = await Promise.all([
        once(child as ChildProcess, 'message', { signal: AbortSignal.timeout(30_000) }),
        child?.send(command),
      ]);
      return answer[0];
    },
    async [Symbol.asyncDispose]() {
      if (runs.at(-1)?.endedAt === null) {
        child?.kill('SIGCONT');
        child?.kill('SIGKILL');
        await ended;
      }
      log.end();
    },
  };
  return managed;
}
