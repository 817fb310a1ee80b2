import { type Results, spreadOf } from '../results.ts';
import { number, table } from './markdown.ts';

interface Column {
  readonly head: string;
  readonly measure: string;
  readonly figure: string;
}

export const COLUMNS = [
  { head: 'O, ms', measure: 'O', figure: 'overheadMs' },
  { head: 'T, runs/s', measure: 'T', figure: 'runsPerSecond' },
  { head: 'CPU, ms per run', measure: 'T', figure: 'cpuMsPerRun' },
  { head: 'of it the store', measure: 'T', figure: 'storeCpuMsPerRun' },
  { head: 'C', measure: 'C', figure: 'overIdeal' },
  { head: 'M, KB', measure: 'M', figure: 'frontKb' },
  { head: 'K, ms', measure: 'K', figure: 'takeoverMs' },
] as const satisfies readonly Column[];

/** The peers side by side: medians, and the least and most of the rounds. */
export function peerTable(results: Results): string {
  const { rows, peers } = results;
  const columns = COLUMNS.filter(({ measure }) => rows.some((row) => row.measure === measure));
  const shown = peers.filter(({ name }) =>
    rows.some((row) => row.peer === name && columns.some(({ measure }) => measure === row.measure)),
  );
  const lines = shown.map((peer) => [
    peer.title,
    ...columns.map((column) => cell(results, peer.name, column)),
    peer.survives,
  ]);
  return table(['', ...columns.map(({ head }) => head), 'survives kill -9'], lines);
}

function cell({ rows }: Results, peer: string, { measure, figure }: Column): string {
  const spread = spreadOf(rows, measure, peer, figure);
  if (spread === null) return '–';
  const { median, least, most } = spread;
  return least === most ? number(median) : `${number(median)} (${number(least)}–${number(most)})`;
}
