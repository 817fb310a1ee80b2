import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** A program that ends with this process, however this process ends. */
export interface GuardedProcess {
  /** Resolves with a description of its end and the last lines of its output. */
  readonly ended: Promise<string>;
  /** Sends SIGTERM, and SIGKILL 5 s later. Resolves when the program has ended. */
  end(): Promise<void>;
}

/**
 * Runs the program in "$@". When stdin closes, which the end of the parent process does, it sends SIGTERM to the program, and
 * SIGKILL if it is stopped or hangs. A command in the background has no stdin, so it reads from a copy.
 */
const GUARD = `exec 3<&0 </dev/null
"$@" 3<&- & program=$!
(read _ <&3; kill $program; for _ in 1 2 3 4 5; do sleep 1; done; kill -9 $program) & reader=$!
wait $program; code=$?
kill $reader
exit $code`;

const OUTPUT_CHARS = 2_000;

/** Starts a program in a session of its own: Ctrl-C does not reach it. Does not keep this process alive. */
export function startGuarded(binary: string, args: readonly string[]): GuardedProcess {
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', binary, ...args], { stdio: 'pipe', detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-OUTPUT_CHARS);
    });
  child.stdin.on('error', () => {});
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as Socket).unref();
  const ended = endOf(child).then((end) => `${end}\n${output}`.trim());
  return {
    ended,
    async end() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}

const endOf = (child: ChildProcess): Promise<string> =>
  once(child, 'exit').then(
    ([code, signal]) => `it exited with ${code ?? signal}`,
    (error: Error) => error.message,
  );
