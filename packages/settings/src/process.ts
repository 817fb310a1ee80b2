import { loadDotEnv } from './dot-env.ts';
import { SettingsError } from './read.ts';

/** What `runProcess` needs to shut down a started process. */
export interface RunningProcess {
  /** Stops everything that was started. The process exits with 0 when it resolves. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Seconds after the signal, plus 5, at which a process that has not stopped exits with 1. */
  readonly graceSeconds: number;
  /** Resolves when the process cannot continue: it stops and exits with 1. */
  readonly failed?: Promise<Error>;
}

interface ProcessOptions {
  /** False for a process that must not have the keys in `.env`. */
  readonly dotEnv?: boolean;
}

/** Time in ms after the grace period to return jobs and disconnect, or to finish a start. */
const MARGIN_MS = 5_000;

/**
 * Runs a process for its `main.ts`: loads `.env`, starts, and stops on SIGINT, SIGTERM or SIGHUP (of a terminal that is closed).
 * A second SIGINT or SIGTERM exits with 1 at once. A process that fails later writes one line to stderr, stops and exits with 1. A start
 * that fails writes one line to stderr and exits with 2 for a SettingsError, with 1 for any other error.
 */
export async function runProcess(
  start: () => Promise<RunningProcess>,
  { dotEnv = true }: ProcessOptions = {},
): Promise<void> {
  let running: RunningProcess | null = null;
  const { promise: signalled, resolve: onFirstSignal } = Promise.withResolvers<NodeJS.Signals>();
  // Registered before the start: a signal during it must stop what was started.
  onStopSignals(
    (signal) => {
      setTimeout(() => process.exit(1), (running?.graceSeconds ?? 0) * 1_000 + MARGIN_MS).unref();
      onFirstSignal(signal);
    },
    () => process.exit(1),
  );
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedTerminal);
  try {
    if (dotEnv) loadDotEnv();
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
  const failure = await Promise.race([
    signalled.then(() => null),
    running.failed ?? signalled.then(() => null),
  ]);
  if (failure === null) {
    await running.stop(await signalled);
    process.exit(0);
  }
  process.stderr.write(`${failure.message}\n`);
  setTimeout(() => process.exit(1), MARGIN_MS).unref();
  await running.stop('SIGTERM');
  process.exit(1);
}

/** The output of a closed terminal fails with EIO. The stop must not. */
function ignoreClosedTerminal(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EIO') throw error;
}

/** How long a repetition of a signal counts as the same request to stop, in ms. */
const REPETITION_MS = 1_000;

/**
 * Calls `onFirst` with the first SIGINT, SIGTERM or SIGHUP (of a terminal that is closed), and `onSecond` when a person or a
 * supervisor asks again. Trap: one Ctrl-C reaches a script of npm twice, from the terminal and from npm, which passes SIGINT and
 * SIGTERM on. systemd does the same with SIGTERM. Such a repetition is ignored, and SIGHUP always is.
 */
export function onStopSignals(onFirst: (signal: NodeJS.Signals) => void, onSecond: () => void): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first === null) {
      first = { signal, at: performance.now() };
      return onFirst(signal);
    }
    const isRepetition = signal === first.signal && performance.now() - first.at < REPETITION_MS;
    if (!isRepetition && signal !== 'SIGHUP') onSecond();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}
