import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '@codegen/settings';
import { type Bench, type BenchContext, startBench } from './bench.ts';
import { describeMachine, missingRequirements } from './machine/host.ts';
import { killAll } from './machine/program.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { publish, saveResults, sectionsOf } from './report/performance-page.ts';
import type { Results, Row } from './results.ts';

async function bench(args: readonly string[]) {
  const options = readOptions(args);
  if (options.help) return console.log(USAGE);
  if (options.publish) return publish();
  const { scale, rounds, workers, settings, record } = options;
  const missing = await missingRequirements(options.peers);
  if (missing.length > 0) throw new UsageError(`This machine lacks:\n${missing.join('\n')}`);
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
  console.error(await saveResults(results, record));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  await bench(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Runs every measure for every peer. Even rounds go through the peers in reverse order. */
async function runRounds(
  options: Options,
  context: BenchContext,
  log: (line: string) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const measure of options.measures) {
    log(`${measure.key}: ${measure.title}`);
    const peers = options.peers.filter(
      (peer) =>
        (measure.peers?.includes(peer.name) ?? true) && (peer.measures?.includes(measure.key) ?? true),
    );
    for (let round = 1; round <= Math.min(options.rounds, measure.rounds ?? options.rounds); round++) {
      for (const peer of round % 2 === 1 ? peers : peers.toReversed()) {
        const open = (benchOptions: Parameters<typeof startBench>[2]): Promise<Bench> =>
          startBench(context, peer, benchOptions);
        const figures = await measure.measure(open, options.scale);
        rows.push({ measure: measure.key, peer: peer.name, round, figures });
        log(`  ${round} ${peer.name}: ${format(figures)}`);
      }
    }
  }
  return rows;
}

function format(figures: Row['figures']): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
}
