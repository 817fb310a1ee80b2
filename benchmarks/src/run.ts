import { type Bench, openBench, type Setting } from './bench-site.ts';
import type { Options } from './options.ts';
import type { Row } from './results.ts';

/** Told what is being measured and what came of it. */
export type Tell = (line: string) => void;

/** Every measure of every peer, so many rounds. Every other round goes through the peers the other way round. */
export async function runRounds(options: Options, setting: Setting, tell: Tell): Promise<Row[]> {
  const rows: Row[] = [];
  for (const measure of options.measures) {
    tell(`${measure.key}: ${measure.title}`);
    const peers = options.peers.filter(
      (peer) =>
        (measure.peers?.includes(peer.name) ?? true) && (peer.measures?.includes(measure.key) ?? true),
    );
    for (let round = 1; round <= Math.min(options.rounds, measure.rounds ?? options.rounds); round++) {
      for (const peer of round % 2 === 1 ? peers : peers.toReversed()) {
        const open = (wanted: Parameters<typeof openBench>[2]): Promise<Bench> =>
          openBench(setting, peer, wanted);
        const figures = await measure.measure(open, options.scale);
        rows.push({ measure: measure.key, peer: peer.name, round, figures });
        tell(`  ${round} ${peer.name}: ${shown(figures)}`);
      }
    }
  }
  return rows;
}

const shown = (figures: Row['figures']) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');
