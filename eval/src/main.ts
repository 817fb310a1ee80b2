import { loadDotEnv, SettingsError, UsageError } from '@codegen/settings';
import { environment } from './config.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { readOptions, USAGE } from './options.ts';
import { TaskFileError } from './tasks/task.ts';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

/** Progress is written this often where stderr is no terminal, ms. */
const PROGRESS_MS = 10_000;
let lastProgress = 0;

function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
  else if (Date.now() - lastProgress >= PROGRESS_MS) {
    lastProgress = Date.now();
    process.stderr.write(`${line}\n`);
  }
}

process.exitCode = await main().catch((error: unknown) => {
  if (interrupt.signal.aborted) {
    console.error('\nInterrupted. The same command continues.');
    return 130;
  }
  console.error(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  return error instanceof SettingsError || error instanceof UsageError || error instanceof TaskFileError
    ? 2
    : 1;
});
// The syntax checker and idle connections keep the process alive.
process.stdout.write('', () => process.exit());

/** @returns the exit code */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(USAGE);
    return 0;
  }
  loadDotEnv();
  await evaluateCommand(options, environment(), { print: console.log, progress }, interrupt.signal);
  return 0;
}
