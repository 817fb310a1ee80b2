import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDotEnv, SettingsError } from '@codegen/settings';
import { modelsLine } from '../banner.ts';
import { readCodegenUrl, readLocalOptions } from '../config.ts';
import { createLog } from '../log.ts';
import { startSystem } from '../system.ts';
import { type Job, runJob, ServiceError } from './client.ts';
import { narrate } from './narrate.ts';
import { printable } from './terminal.ts';

const USAGE = `Usage: npm run generate -- "what code you want"

Prints the code to stdout and everything else to stderr.
Exit codes: 0 code, 1 failure, 2 wrong usage or settings, 3 a question back, 130 interrupted.
CODEGEN_URL names a running service to use; without it everything needed is started and stopped again.
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

const query = process.argv.slice(2).join(' ').trim();
if (query === '' || query === '--help' || query === '-h') {
  process.stderr.write(USAGE);
  process.exit(query === '' ? 2 : 0);
}

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

process.exitCode = await main().catch((error: unknown) => {
  if (interrupt.signal.aborted) return 130;
  say(error instanceof Error ? printable(error.message) : String(error));
  return error instanceof SettingsError ? 2 : 1;
});

async function main(): Promise<number> {
  loadDotEnv();
  const service = await findService();
  try {
    const job = await runJob(service.url, query, narrate(say), interrupt.signal);
    return finish(job);
  } finally {
    await service.close();
  }
}

async function findService(): Promise<{ url: string; close(): Promise<void> }> {
  const url = readCodegenUrl();
  if (url !== null) return { url, close: async () => {} };
  const options = readLocalOptions();
  if (options.simulate) say(`models ${modelsLine(options)}`);
  // Its own port and, without REDIS_URL, its own Redis in a folder that goes away with it.
  const dataDir = await mkdtemp(join(tmpdir(), 'codegen-'));
  const own = { ...options, api: { ...options.api, PORT: 0, HOST: '127.0.0.1', API_KEYS: [] } };
  const removeData = () => rm(dataDir, { recursive: true, force: true });
  try {
    const system = await startSystem(own, { dataDir, durable: false }, createLog('error'));
    return {
      url: system.url,
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
function finish(job: Job): number {
  if (job.simulated) say('simulated: this is a canned answer, no model was asked');
  if (job.result === null) throw new ServiceError(job.problem?.detail ?? `the job is ${job.status}`);
  const { code, feedback } = job.result;
  if (feedback !== undefined) {
    say(`\n${printable(feedback)}`);
    return 3;
  }
  process.stdout.write(`${process.stdout.isTTY ? printable(code) : code}\n`);
  return 0;
}
