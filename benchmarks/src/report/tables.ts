import { type Results, spreadOf } from '../results.ts';

/** A Markdown table. All columns except the first are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Formats to three significant digits, or all digits before the point; a dash for no value. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, size >= 10_000 ? ',' : '');
}

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

/** One row per peer: medians, and the minimum and maximum of the rounds. */
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
  const { median, min, max } = spread;
  return min === max ? number(median) : `${number(median)} (${number(min)}–${number(max)})`;
}

const SERVICE = 'ours';

/** Figures that are compared as a ratio. */
const RATIOS = [
  { head: 'O over', measure: 'O', figure: 'overheadMs' },
  { head: 'T over', measure: 'T', figure: 'runsPerSecond' },
  { head: 'CPU over', measure: 'T', figure: 'cpuMsPerRun' },
  { head: 'C over', measure: 'C', figure: 'overIdeal' },
] as const;

/** Medians of this service divided by those of each peer in the same results; null if there is no pair. */
export function ratioTable({ rows, peers }: Results): string | null {
  const columns = RATIOS.filter(({ measure }) => rows.some((row) => row.measure === measure));
  const lines = peers
    .filter(({ name }) => name !== SERVICE)
    .map(({ name, title }) => [
      title,
      ...columns.map(({ measure, figure }) => {
        const [own, other] = [SERVICE, name].map((peer) => spreadOf(rows, measure, peer, figure)?.median);
        return own === undefined || other === undefined ? '–' : `${number(own / other)} ×`;
      }),
    ])
    .filter(([, ...cells]) => cells.some((cell) => cell !== '–'));
  if (lines.length === 0) return null;
  return table(['this service, over', ...columns.map(({ head }) => head.replace(' over', ''))], lines);
}

/** All figures of a measure, one column per peer. */
export function figureTable({ rows, peers }: Results, measure: string): string {
  const own = rows.filter((row) => row.measure === measure);
  const measured = peers.filter(({ name }) => own.some(({ peer }) => peer === name));
  const names = [...new Set(own.flatMap(({ figures }) => Object.keys(figures)))];
  const lines = names.map((figure) => [
    figure,
    ...measured.map(({ name }) => number(spreadOf(rows, measure, name, figure)?.median)),
  ]);
  return table(['', ...measured.map(({ title }) => title)], lines);
}

/** Figures with names that end in `@size`: one row per size, one column per figure. */
export function sizeTable(
  { rows }: Results,
  measure: string,
  peer: string,
  isOf: (size: string) => boolean,
): string {
  const own = rows.filter((row) => row.measure === measure && row.peer === peer);
  const keys = [...new Set(own.flatMap(({ figures }) => Object.keys(figures)))]
    .map((key) => key.split('@') as [string, string])
    .filter(([, size]) => size !== undefined && isOf(size));
  const figures = [...new Set(keys.map(([figure]) => figure))];
  const sizes = [...new Set(keys.map(([, size]) => size))];
  const lines = sizes.map((size) => [
    size,
    ...figures.map((figure) => number(spreadOf(rows, measure, peer, `${figure}@${size}`)?.median)),
  ]);
  return table(['', ...figures], lines);
}
