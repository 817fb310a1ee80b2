import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, createClient, type FinishedJob } from '@codegen/client';
import { loadDotEnv, SettingsError } from '@codegen/settings';
import { modelsLine } from '../banner.ts';
import { readGenerateSettings, readLocalOptions } from '../config.ts';
import { createLog } from '../log.ts';
import { startSystem } from '../system.ts';
import { codeFor, printable, toJson } from '../terminal.ts';
import { type Command, readArguments, USAGE } from './arguments.ts';
import { narrate } from './narrate.ts';
import { trackProgress } from './progress.ts';
import { runJob, wordsFor } from './run-job.ts';
import { openScreen } from './screen.ts';

/** Milliseconds to wait for a service that restarts. */
const RETRY_TIMEOUT_MS = 60_000;

const { say, show } = openScreen(process.stderr);

const command = readArguments(process.argv.slice(2));
if (command.kind !== 'generate') {
  process.stderr.write(command.kind === 'help' ? USAGE : `${printable(command.why)}\n\n${USAGE}`);
  process.exit(command.kind === 'help' ? 0 : 2);
}

// As with `… | head`: what was started must be stopped all the same.
process.stdout.on('error', () => {});

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

process.exitCode = await main(command).catch((error: unknown) => {
  if (interrupt.signal.aborted) return 130;
  say(printable(wordsFor(error)));
  return error instanceof SettingsError ? 2 : 1;
});

async function main({ query, json }: Extract<Command, { kind: 'generate' }>): Promise<number> {
  loadDotEnv();
  const { close, ...service } = await findService();
  try {
    const client = createClient({ ...service, retryTimeoutMs: RETRY_TIMEOUT_MS });
    const tellers = [narrate(say), trackProgress(show)];
    const tell = (event: Parameters<(typeof tellers)[number]>[0]) => {
      for (const teller of tellers) teller(event);
    };
    return finish(await runJob(client, query, tell, interrupt.signal), json);
  } finally {
    show('');
    await close();
  }
}

async function findService(): Promise<ClientOptions & { close(): Promise<void> }> {
  const { CODEGEN_URL: baseUrl, CODEGEN_API_KEY } = readGenerateSettings();
  if (baseUrl !== null) {
    return { baseUrl, ...(CODEGEN_API_KEY && { apiKey: CODEGEN_API_KEY }), close: async () => {} };
  }
  const options = readLocalOptions();
  if (options.simulate) say(`models ${modelsLine(options)}`);
  // Its own port, for its own caller only, and, without REDIS_URL, its own Redis in a folder that goes away with it.
  const dataDir = await mkdtemp(join(tmpdir(), 'codegen-'));
  const apiKey = randomUUID();
  const API_KEYS = [{ caller: 'generate', digest: createHash('sha256').update(apiKey).digest() }];
  const own = { ...options, api: { ...options.api, PORT: 0, HOST: '127.0.0.1', API_KEYS } };
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  try {
    const system = await startSystem(own, { dataDir, durable: false }, createLog('error'));
    return {
      baseUrl: system.url,
      apiKey,
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

/** Prints what came of the job. @returns the exit code */
function finish(job: FinishedJob, asJson: boolean): number {
  if (job.simulated) say('simulated: this is a canned answer, no model was asked');
  if (asJson) process.stdout.write(`${toJson(job)}\n`);
  if (job.result === null) {
    say(printable(job.problem?.detail ?? `the job is ${job.status}`));
    return 1;
  }
  const { code, feedback } = job.result;
  if (feedback !== undefined) {
    say(`\n${printable(feedback)}`);
    return 3;
  }
  if (!asJson) process.stdout.write(`${codeFor(process.stdout, code)}\n`);
  return 0;
}
