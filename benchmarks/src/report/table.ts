import type { Peer } from '../peers/peer.ts';
import { type Row, spreadOf } from '../results.ts';

interface Column {
  readonly head: string;
  readonly measure: string;
  readonly figure: string;
  readonly digits: number;
}

const COLUMNS: readonly Column[] = [
  { head: 'O, ms', measure: 'O', figure: 'overheadMs', digits: 1 },
  { head: 'T, runs/s', measure: 'T', figure: 'runsPerSecond', digits: 0 },
  { head: 'CPU, ms per run', measure: 'T', figure: 'cpuMsPerRun', digits: 1 },
  { head: 'of it the store', measure: 'T', figure: 'storeCpuMsPerRun', digits: 1 },
  { head: 'C', measure: 'C', figure: 'overIdeal', digits: 2 },
];

/** The peers side by side, as Markdown: medians, and the least and most of the rounds. */
export function peerTable(rows: readonly Row[], peers: readonly Peer[]): string {
  const columns = COLUMNS.filter(({ measure }) => rows.some((row) => row.measure === measure));
  const lines = peers
    .filter(({ name }) => rows.some((row) => row.peer === name))
    .map((peer) => [
      peer.title,
      ...columns.map(({ measure, figure, digits }) => cell(rows, measure, peer.name, figure, digits)),
      peer.survives,
    ]);
  const head = ['', ...columns.map(({ head }) => head), 'survives kill -9'];
  const rule = head.map((_, index) => (index === 0 || index === head.length - 1 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell(rows: readonly Row[], measure: string, peer: string, figure: string, digits: number): string {
  const spread = spreadOf(rows, measure, peer, figure);
  if (spread === null) return '–';
  const { median, least, most } = spread;
  return least === most
    ? median.toFixed(digits)
    : `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
