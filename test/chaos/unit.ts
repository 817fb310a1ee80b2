import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** One life of a unit, from its start to its end. Times are milliseconds since 1970. */
export interface Life {
  readonly unit: string;
  readonly pid: number;
  /** What the simulator's call feed tells it by. */
  readonly caller: string;
  readonly startedAt: number;
  endedAt: number | null;
  /** The exit code, or the signal that ended it. */
  outcome: number | NodeJS.Signals | null;
  /** Whether it had no chance to finish what it had in hand. */
  killed: boolean;
  /** Whether it was told to stop, once, and could. */
  drained: boolean;
  /** Whether it was told to stop a second time. */
  cutShort: boolean;
}

export interface UnitOptions {
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of its output, kept over all of its lives. */
  readonly dir: string;
  /** Whether it can be used yet. */
  readonly ready: (heard: string) => unknown;
}

/** A program that is ended and started again, always with the same settings. */
export interface Unit extends AsyncDisposable {
  readonly name: string;
  readonly lives: readonly Life[];
  /** Whether it is a process of Node, into which our orders are loaded. */
  readonly takesOrders: boolean;
  life(): Life;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<Life>;
  /** SIGTERM; resolves when it is gone. */
  drain(): Promise<Life>;
  ended(): Promise<Life>;
  /** Tells the preloaded orders of a Node process something; resolves with the answer. */
  order(order: object): Promise<unknown>;
}

const LONGEST_START_MS = 60_000;

export function unitOf(options: UnitOptions): Unit {
  const { name, program, args = [], env = {}, dir, ready } = options;
  const output = createWriteStream(join(dir, `${name}.log`), { flags: 'a' });
  const lives: Life[] = [];
  let child: ChildProcess | null = null;
  let gone: Promise<Life> = Promise.reject(new Error(`${name} was never started`));
  gone.catch(() => {});
  let heard = '';

  const isNode = program === process.execPath;
  const unit: Unit = {
    name,
    lives,
    takesOrders: isNode,
    life() {
      const life = lives.at(-1);
      if (life === undefined) throw new Error(`${name} was never started`);
      return life;
    },
    async start() {
      const key = `key-of-${name}-${lives.length}`;
      heard = '';
      const started = spawn(program, args, {
        // Nothing of the caller's keys and settings reaches it.
        env: { PATH: process.env.PATH, HOME: process.env.HOME, OPENROUTER_API_KEY: key, ...env },
        cwd: tmpdir(),
        stdio: ['ignore', 'pipe', 'pipe', ...(isNode ? (['ipc'] as const) : [])],
      });
      child = started;
      const hear = (chunk: Buffer) => {
        output.write(chunk);
        if (heard.length < 10_000) heard += chunk;
      };
      started.stdout?.on('data', hear);
      started.stderr?.on('data', hear);
      const caller = createHash('sha256').update(`Bearer ${key}`).digest('hex').slice(0, 16);
      const life: Life = {
        unit: name,
        pid: started.pid ?? 0,
        caller,
        startedAt: Date.now(),
        endedAt: null,
        outcome: null,
        killed: false,
        drained: false,
        cutShort: false,
      };
      lives.push(life);
      gone = once(started, 'close').then(([code, signal]) => {
        life.endedAt = Date.now();
        life.outcome = code ?? signal;
        return life;
      });
      await until(
        `${name} is ready; see ${dir}`,
        () => {
          if (life.endedAt !== null) throw new Error(`${name} ended with ${life.outcome}:\n${heard}`);
          return ready(heard);
        },
        { timeoutMs: LONGEST_START_MS },
      );
    },
    signal(signal) {
      child?.kill(signal);
    },
    kill() {
      unit.life().killed = true;
      child?.kill('SIGKILL');
      return gone;
    },
    drain() {
      unit.life().drained = true;
      child?.kill('SIGTERM');
      return gone;
    },
    ended: () => gone,
    async order(order) {
      const [answer] = await Promise.all([
        once(child as ChildProcess, 'message', { signal: AbortSignal.timeout(30_000) }),
        child?.send(order),
      ]);
      return answer[0];
    },
    async [Symbol.asyncDispose]() {
      if (lives.at(-1)?.endedAt === null) {
        child?.kill('SIGCONT');
        child?.kill('SIGKILL');
        await gone;
      }
      output.end();
    },
  };
  return unit;
}
