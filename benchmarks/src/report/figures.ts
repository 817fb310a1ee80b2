import { type Results, spreadOf } from '../results.ts';
import { number, table } from './markdown.ts';

/** Every figure of a measure, the peers side by side. */
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

/** Figures whose names end in `@size`: a line per size, a column per figure. */
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
