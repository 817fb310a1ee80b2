import { loadDotEnv } from './dot-env.ts';
import { SettingsError } from './read.ts';

/** A process that is up, as far as its end is concerned. */
export interface Running {
  /** Ends all that was started; the process exits with 0 when it resolves. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** After this long a process that does not come to its end exits with 1. */
  readonly graceSeconds: number;
}

/** Beyond the grace period: time to hand back and disconnect, or to come to the end of a start. */
const MARGIN_MS = 5_000;

/**
 * The life of a process, for its `main.ts`: starts it, stops it on SIGINT or SIGTERM, at once on a second one.
 * Wrong settings end it with 2 and one line on stderr, any other failure to start with 1.
 */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running | null = null;
  const { promise: stopping, resolve: stop } = Promise.withResolvers<NodeJS.Signals>();
  let stopped = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopped) process.exit(1);
    stopped = true;
    setTimeout(() => process.exit(1), (running?.graceSeconds ?? 0) * 1_000 + MARGIN_MS).unref();
    stop(signal);
  };
  // From the beginning: what a start has begun when the signal comes must be ended too.
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    loadDotEnv();
    running = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
  await running.stop(await stopping);
  process.exit(0);
}
