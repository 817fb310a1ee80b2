import { median } from './statistics.ts';

/** Names and values, the unit in the name. */
export type Figures = Readonly<Record<string, number>>;

/** What one measure said of one peer in one round. */
export interface Row {
  readonly measure: string;
  readonly peer: string;
  readonly round: number;
  readonly figures: Figures;
}

/** The JSON file. */
export interface Results {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly scale: string;
  readonly rounds: number;
  readonly workers: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly peers: readonly { readonly name: string; readonly title: string; readonly survives: string }[];
  readonly measures: readonly { readonly key: string; readonly title: string }[];
  readonly rows: readonly Row[];
}

/** A figure over all rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Null if it was not measured. */
export function spreadOf(rows: readonly Row[], measure: string, peer: string, figure: string): Spread | null {
  const values = rows
    .filter((row) => row.measure === measure && row.peer === peer)
    .flatMap(({ figures }) => figures[figure] ?? []);
  if (values.length === 0) return null;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}
