import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, createClient, type FinishedJob } from '@codegen/client';
import { loadDotEnv, SettingsError, UsageError } from '@codegen/settings';
import { checkServers } from '@codegen/worker';
import { readGenerateSettings, readLocalOptions } from '../config.ts';
import { modelSource } from '../start/startup-message.ts';
import { startSystem } from '../system.ts';
import { codeFor, createSentenceLog, createTerminal, printable, toJson } from '../terminal.ts';
import { readArguments, USAGE } from './arguments.ts';
import { createProgressPrinter } from './progress-printer.ts';
import { errorMessage, runJob } from './run-job.ts';

/** How long the client retries while the service restarts, in ms. */
const RESTART_TIMEOUT_MS = 60_000;

const terminal = createTerminal(process.stderr);

// When stdout closes early, as with `… | head`, the command still stops what it started.
process.stdout.on('error', () => {});

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (interrupt.signal.aborted) return 130;
  terminal.printLine(printable(errorMessage(error)));
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  return error instanceof SettingsError || error instanceof UsageError ? 2 : 1;
});
// Explicit, because the embedded Redis keeps the timers of blocking commands for 5 s after it was closed. The callback
// runs when everything is written, also if stdout was closed early.
process.stdout.write('', () => process.exit());

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const command = readArguments(args);
  if (command.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  loadDotEnv();
  const { close, failed, keyVariables, ...service } = await connectService(command.fast);
  try {
    const client = createClient({ ...service, retryTimeoutMs: RESTART_TIMEOUT_MS });
    const onEvent = createProgressPrinter(terminal);
    const job = await Promise.race([
      runJob(client, command.query, onEvent, interrupt.signal),
      failed.then((error) => Promise.reject(error)),
    ]);
    return printResult(job, command.json, keyVariables);
  } finally {
    terminal.setStatus('');
    await close();
  }
}

interface Service extends ClientOptions {
  /** Settings with the keys of the model servers, if this command started the service. */
  readonly keyVariables: readonly string[];
  /** Resolves when the service that this command started cannot continue. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** The service at `CODEGEN_URL`, or one started for this command. */
async function connectService(fast: boolean): Promise<Service> {
  const { CODEGEN_URL: baseUrl, CODEGEN_API_KEY } = readGenerateSettings();
  if (baseUrl !== null) {
    return {
      baseUrl,
      ...(CODEGEN_API_KEY && { apiKey: CODEGEN_API_KEY }),
      keyVariables: [],
      failed: new Promise(() => {}),
      close: async () => {},
    };
  }
  const options = readLocalOptions();
  if (options.simulate) terminal.printLine(`models ${modelSource(options)}`);
  const { unreachable, unlisted } = await checkServers(options.roles);
  if (unreachable[0] !== undefined) throw new Error(unreachable[0]);
  for (const warning of unlisted) terminal.printLine(printable(warning));
  // A free local port that only this command has a key for. Without REDIS_URL, Redis runs in a temporary folder.
  const dataDir = await mkdtemp(join(tmpdir(), 'codegen-'));
  const apiKey = randomUUID();
  const API_KEYS = [{ caller: 'generate', digest: createHash('sha256').update(apiKey).digest() }];
  const ownOptions = { ...options, api: { ...options.api, PORT: 0, HOST: '127.0.0.1', API_KEYS } };
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  try {
    const system = await startSystem(
      ownOptions,
      { dataDir, durable: false, fast },
      createSentenceLog(terminal),
    );
    return {
      baseUrl: system.url,
      apiKey,
      failed: system.failed,
      keyVariables: [...new Set(options.roles.map(({ server }) => server.keyVariable))],
      async close() {
        await system.close();
        await removeData();
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

/** Prints the code, the question or the failure. @returns the exit code */
function printResult(job: FinishedJob, asJson: boolean, keyVariables: readonly string[]): number {
  if (job.simulated && job.result !== null)
    terminal.printLine('simulated: this is a canned answer, no model was called');
  if (asJson) process.stdout.write(`${toJson(job)}\n`);
  if (job.result === null) {
    terminal.printLine(printable(job.problem?.detail ?? `the job is ${job.status}`));
    if (job.problem?.code === 'key-rejected' && keyVariables.length > 0)
      terminal.printLine(`Check ${keyVariables.join(' and ')}.`);
    return 1;
  }
  const { code, feedback } = job.result;
  if (feedback !== undefined) {
    terminal.printLine(`\n${printable(feedback)}`);
    return 3;
  }
  if (!asJson) process.stdout.write(`${codeFor(process.stdout, code)}\n`);
  return 0;
}
