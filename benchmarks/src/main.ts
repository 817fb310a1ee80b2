import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeMachine } from './machine/description.ts';
import { killAll } from './machine/program.ts';
import { lacking } from './machine/requirements.ts';
import { OptionError, readOptions, usage } from './options.ts';
import { keep, publish } from './record.ts';
import { sectionsOf } from './report/sections.ts';
import type { Results } from './results.ts';
import { runRounds } from './run.ts';

async function bench(args: readonly string[]) {
  const options = readOptions(args);
  if (options.help) return console.log(usage);
  if (options.publish) return publish();
  const { scale, rounds, workers, settings, record } = options;
  const lacks = await lacking(options.peers);
  if (lacks.length > 0) throw new OptionError(`This machine cannot measure that:\n${lacks.join('\n')}`);
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const dir = await mkdtemp(join(tmpdir(), 'codegen-bench-'));
  const profile = options.profile && resolve(options.profile);
  process.once('exit', () => {
    killAll();
    rmSync(dir, { recursive: true, force: true });
  });
  const rows = await runRounds(options, { dir, profile, workers, settings }, (line) => console.error(line));
  const peers = options.peers.map(({ name, title, survives }) => ({ name, title, survives }));
  const measures = options.measures.map(({ key, title }) => ({ key, title }));
  const endedAt = new Date().toISOString();
  const results: Results = {
    startedAt,
    endedAt,
    machine,
    scale,
    rounds,
    workers,
    settings,
    peers,
    measures,
    rows,
  };
  console.log(`\n${Object.values(sectionsOf(results)).join('\n\n')}\n`);
  console.error(await keep(results, record));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  await bench(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof OptionError ? `${error.message}\n\n${usage}` : error);
  process.exitCode = error instanceof OptionError ? 2 : 1;
}
