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
 * A second SIGINT or SIGTERM exits at once. A process that fails later writes one line to stderr, stops and exits with 1. A start
 * that fails writes one line to stderr and exits with 2 for a SettingsError, with 1 for any other error.
 */
export async function runProcess(
  start: () => Promise<RunningProcess>,
  { dotEnv = true }: ProcessOptions = {},
): Promise<void> {
  let running: RunningProcess | null = null;
  const { promise: signalled, resolve: onFirstSignal } = Promise.withResolvers<NodeJS.Signals>();
  let isStopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    // The shell, a launcher and the kernel may each report that the terminal was closed.
    if (isStopping && signal === 'SIGHUP') return;
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => process.exit(1), (running?.graceSeconds ?? 0) * 1_000 + MARGIN_MS).unref();
    onFirstSignal(signal);
  };
  // Registered before the start: a signal during it must stop what was started.
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
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
  isStopping = true;
  setTimeout(() => process.exit(1), MARGIN_MS).unref();
  await running.stop('SIGTERM');
  process.exit(1);
}

/** The output of a closed terminal fails with EIO. The stop must not. */
function ignoreClosedTerminal(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EIO') throw error;
}
