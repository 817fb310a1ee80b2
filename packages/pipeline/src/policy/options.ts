import type { Failure } from '../run/failure.ts';
import type { Role } from '../stages/role.ts';

/** Limits a caller sets for a run: deadline, budget and models. */
export interface RunOptions {
  /** Milliseconds since 1970; null without a limit. */
  readonly deadlineAt: number | null;
  /** US dollars for all model calls of the run; null without a limit. */
  readonly maxCostUsd: number | null;
  /** By role, the main model and its stand-ins in place of those the service is configured with. */
  readonly models: Readonly<Partial<Record<Role, readonly string[]>>>;
}

export const NO_OPTIONS: RunOptions = { deadlineAt: null, maxCostUsd: null, models: {} };

/** Milliseconds before the deadline at which calls are ended: what follows them takes time too. */
const RESERVE_MS = 250;
/** Milliseconds within which no model answers: a call is not begun that would be ended so soon. */
const SHORTEST_CALL_MS = 250;

/** When the calls in hand are to be ended, so that the run still ends in time; ms since 1970, or infinity. */
export const callsEndAt = ({ deadlineAt }: RunOptions): number =>
  deadlineAt === null ? Number.POSITIVE_INFINITY : deadlineAt - RESERVE_MS;

/** The last moment at which a call may begin; ms since 1970, or infinity. */
export const callsBeginUntil = (options: RunOptions): number => callsEndAt(options) - SHORTEST_CALL_MS;

/** The models of a role for a run, the main one first: those it was given, else the service's. */
export function modelsFor(
  { models }: RunOptions,
  role: Role,
  configured: (role: Role) => readonly string[],
): readonly string[] {
  const own = models[role] ?? [];
  return own.length > 0 ? own : configured(role);
}

/** What a stage was not done with, though a model might have done it. */
export const OUT_OF_TIME: Failure = {
  intent: 'giveUp',
  code: 'deadline',
  message: 'the time for the whole job was up, or nearly so',
};
export const OUT_OF_MONEY: Failure = {
  intent: 'giveUp',
  code: 'budget',
  message: 'the budget for the whole job was used up, or too small for this call',
};

export const isOutOfMeans = (failure: Failure | null | undefined): boolean =>
  failure?.code === 'deadline' || failure?.code === 'budget';

/** Where a run stands. */
export interface Means {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** US dollars the run has cost so far; null if nothing is known. Calls in hand are not in it. */
  readonly spent: number | null;
  /** US dollars that the call is expected to cost; null if nobody can tell. */
  readonly expected: number | null;
}

/** Why a run may not make another call; null if it may. */
export function refusalOf(options: RunOptions, { now, spent, expected }: Means): Failure | null {
  if (now > callsBeginUntil(options)) return OUT_OF_TIME;
  if (options.maxCostUsd === null) return null;
  const left = options.maxCostUsd - (spent ?? 0);
  return left <= 0 || (expected ?? 0) > left ? OUT_OF_MONEY : null;
}
