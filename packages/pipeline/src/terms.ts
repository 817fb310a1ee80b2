import type { Role } from './role.ts';

/** What starts beside classify, before the route is known: nothing, the direct answer, or the interpretation too. */
export const SPECULATIONS = ['off', 'direct', 'all'] as const;
export type Speculation = (typeof SPECULATIONS)[number];

/** What a caller asked for beside the code: until when, for how much, by whom, how eagerly. */
export interface Terms {
  /** Milliseconds since 1970; null without a limit. */
  readonly deadlineAt: number | null;
  /** US dollars for all model calls of the run; null without a limit. */
  readonly maxCostUsd: number | null;
  /** By role, the main model and its stand-ins in place of those the service is configured with. */
  readonly models: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** Null: as the service is configured. */
  readonly speculate: Speculation | null;
}

export const NO_TERMS: Terms = { deadlineAt: null, maxCostUsd: null, models: {}, speculate: null };
