/** What the load generator is told to do. */
export interface LoadJob {
  /** Of the system, without a path. */
  readonly url: string;
  readonly query: string;
  /** Requests under way at a time. */
  readonly atOnce: number;
  /** Ends after so many requests, or so many seconds. */
  readonly until: { readonly requests: number } | { readonly seconds: number };
}

export interface LoadResult {
  readonly runs: number;
  readonly elapsedMs: number;
  /** Per request, in order of completion. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}
