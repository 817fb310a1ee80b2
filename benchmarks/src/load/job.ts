/** What the load generator is told to do. */
export type LoadJob =
  | ({ readonly kind: 'drive' } & Drive)
  | ({ readonly kind: 'hold' } & Hold)
  /** Leaves all that is held. */
  | { readonly kind: 'release' };

/** Requests one after the other, so many at a time. */
export interface Drive {
  /** Of the system, without a path. */
  readonly url: string;
  readonly query: string;
  readonly atOnce: number;
  /** Ends after so many requests, or so many seconds. */
  readonly until: { readonly requests: number } | { readonly seconds: number };
  /** A whole result, by default, or only the promise of one. */
  readonly expect?: 'result' | 'accepted';
}

/** Requests that stay open until they are released. */
export interface Hold {
  readonly url: string;
  readonly query: string;
  readonly count: number;
  /** Requests that wait for their result, or event streams of as many jobs. */
  readonly what: 'results' | 'events';
}

export interface LoadResult {
  readonly runs: number;
  readonly elapsedMs: number;
  /** Per request, in order of completion. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
}
