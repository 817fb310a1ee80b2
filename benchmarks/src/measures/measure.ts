import type { Bench, BenchOptions } from '../bench-site.ts';
import type { Figures } from '../results.ts';

export interface Measure {
  /** Its letter on the command line. */
  readonly key: string;
  readonly title: string;
  /** By name; by default every peer takes part. */
  readonly peers?: readonly string[];
  /** The most rounds it is worth; as many as are asked for by default. */
  readonly rounds?: number;
  measure(open: OpenBench, scale: Scale): Promise<Figures>;
}

/** Starts what is measured, whole and fresh. */
export type OpenBench = (options: BenchOptions) => Promise<Bench>;

/** How much of everything: `quick` for a look, `full` for the record. */
export type Scale = 'quick' | 'full';
