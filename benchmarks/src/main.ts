import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeMachine } from './machine/description.ts';
import { OptionError, readOptions, usage } from './options.ts';
import { peerTable } from './report/table.ts';
import type { Results } from './results.ts';
import { runRounds } from './run.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

async function bench(args: readonly string[]) {
  const options = readOptions(args);
  if (options.help) return console.log(usage);
  const startedAt = new Date().toISOString();
  const dir = await mkdtemp(join(tmpdir(), 'codegen-bench-'));
  const profile = options.profile && resolve(options.profile);
  try {
    const rows = await runRounds(options, { ...options, dir, profile }, (line) => console.error(line));
    const { scale, rounds, workers, settings } = options;
    const about = { startedAt, endedAt: new Date().toISOString(), machine: describeMachine() };
    const results: Results = { ...about, scale, rounds, workers, settings, rows };
    await mkdir(RESULTS, { recursive: true });
    const file = join(RESULTS, options.record ? 'record.json' : 'latest.json');
    await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
    console.log(`\n${peerTable(rows, options.peers)}\n\n${file}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

try {
  await bench(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof OptionError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
