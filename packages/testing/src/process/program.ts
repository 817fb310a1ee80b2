import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

export const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** A program of this project in a process of its own, with all it said. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with what `pattern` matched in stdout or stderr; rejects if the program ends before. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Only what is named: nothing of the caller's keys and settings reaches the program. */
const bare = (env: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  ...env,
});

export function start(
  entry: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Program {
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    env: bare(env),
    // Not the project's folder: its .env may name a key that costs money.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    heard.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    heard.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    child,
    ended,
    stdout: () => heard.stdout,
    stderr: () => heard.stderr,
    waitForOutput: (pattern) =>
      vi.waitUntil(
        () => {
          const match = pattern.exec(heard.stdout) ?? pattern.exec(heard.stderr);
          if (match === null && over) throw new Error(`${entry} ended:\n${heard.stdout}\n${heard.stderr}`);
          return match;
        },
        { timeout: 40_000, interval: 20 },
      ),
    async [Symbol.asyncDispose]() {
      if (!over) child.kill('SIGKILL');
      await ended;
    },
  };
}
