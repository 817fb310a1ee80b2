import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { vi } from 'vitest';
import { HANG_MS } from '../timeouts.ts';
import { environmentOf, ROOT } from './program.ts';

/** Whether `script` of util-linux is there, which runs a program on a pseudo-terminal. */
export const HAS_TERMINAL =
  process.platform === 'linux' &&
  /util-linux/.test(spawnSync('script', ['--version']).stdout?.toString() ?? '');

/** A program of this project on a pseudo-terminal. */
export interface TerminalProgram extends AsyncDisposable {
  /** Everything that the terminal received. */
  readonly output: () => string;
  /** Types text. A line ends with `\r`, Ctrl-C is `\x03`, Ctrl-D is `\x04`. */
  type(text: string): void;
  /** Resolves when the output since the last match, without control sequences, matches. Rejects if the program ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

export function startOnTerminal(
  entry: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): TerminalProgram {
  const quoted = [process.execPath, join(ROOT, entry), ...args].map((one) => `'${one}'`).join(' ');
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
    cwd,
    env: environmentOf({ TERM: 'xterm-256color', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let matched = 0;
  let hasEnded = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    hasEnded = true;
    return code as number;
  });
  return {
    output: () => output,
    type: (text) => void child.stdin.write(text),
    waitFor: (pattern) =>
      vi.waitUntil(
        () => {
          const rest = stripVTControlCharacters(output.slice(matched));
          const match = pattern.exec(rest);
          if (match !== null) matched = output.length;
          else if (hasEnded) throw new Error(`the program ended:\n${output}`);
          return match;
        },
        { timeout: HANG_MS, interval: 20 },
      ),
    ended,
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill('SIGKILL');
      await ended;
    },
  };
}
