import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { HANG_MS } from '../timeouts.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** A program of this project in its own process, with its output. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with the first match in stdout or stderr. Rejects if the program ends before. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Excludes the caller's keys and settings. Programs share compiled modules, as with `npm run`. */
export const environmentOf = (env: Record<string, string>) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled'),
  ...env,
});

export function start(
  entry: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Program {
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    env: environmentOf(env),
    // Not the project's folder, because its .env may contain a real key.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  return {
    child,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    waitForOutput: (pattern) =>
      vi.waitUntil(
        () => {
          const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
          if (match === null && hasEnded)
            throw new Error(`${entry} ended:\n${output.stdout}\n${output.stderr}`);
          return match;
        },
        { timeout: HANG_MS, interval: 20 },
      ),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill('SIGKILL');
      await ended;
    },
  };
}
