import type { Route } from './job.ts';

/** Of ten jobs, one is expected below and one above. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What a job of a route is likely to take, judged by what was done lately. */
export interface RouteEstimate {
  /** US dollars; null if nothing is known. */
  readonly cost: Range | null;
  /** Milliseconds; null if nothing is known. */
  readonly durationMs: Range | null;
  /** How many answers of models it rests on, and whether they were canned. */
  readonly basedOn: { readonly calls: number; readonly simulated: boolean };
  /** Why a figure is missing; null if none is. */
  readonly note: string | null;
}

export type Estimate = Readonly<Record<Route, RouteEstimate>>;
