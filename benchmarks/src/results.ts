/** Values by name; the name includes the unit. */
export type Figures = Readonly<Record<string, number>>;

/** Result of one measure for one peer in one round. */
export interface Row {
  readonly measure: string;
  readonly peer: string;
  readonly round: number;
  readonly figures: Figures;
}

/** Content of the results file. */
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
  readonly min: number;
  readonly max: number;
}

/** Null if the figure was not measured. */
export function spreadOf(rows: readonly Row[], measure: string, peer: string, figure: string): Spread | null {
  const values = rows
    .filter((row) => row.measure === measure && row.peer === peer)
    .flatMap(({ figures }) => figures[figure] ?? []);
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** The quantile of `share`, from 0 to 1, with linear interpolation; NaN for an empty list. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
