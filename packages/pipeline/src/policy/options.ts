import type { Failure } from '../run/failure.ts';
import type { Effort, Role, Route } from '../stages/stage.ts';

/** Options that a caller sets for a run: deadline, budget, models, route and effort. */
export interface RunOptions {
  /** Milliseconds since 1970. Null without a deadline. */
  readonly deadlineAt: number | null;
  /** US dollars for all model calls of the run. Null without a budget. */
  readonly maxCostUsd: number | null;
  /** The main model and fallback models of a role. A role that is missing uses the configured models. */
  readonly models: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** The route to take without asking a model. Null if classify decides. */
  readonly route: Route | null;
  readonly effort: Effort;
}

export const NO_OPTIONS: RunOptions = {
  deadlineAt: null,
  maxCostUsd: null,
  models: {},
  route: null,
  effort: 'balanced',
};

/** Milliseconds between the end of all calls and the deadline, reserved for finishing the run. */
const RESERVE_MS = 250;
/** No call begins that would have less than this many milliseconds. */
const SHORTEST_CALL_MS = 250;

/** When open calls are ended so that the run meets its deadline. Milliseconds since 1970, or Infinity. */
export const callsEndAt = ({ deadlineAt }: RunOptions): number =>
  deadlineAt === null ? Number.POSITIVE_INFINITY : deadlineAt - RESERVE_MS;

/** The last moment at which a call may begin. Milliseconds since 1970, or Infinity. */
export const callsBeginUntil = (options: RunOptions): number => callsEndAt(options) - SHORTEST_CALL_MS;

/** The models of a role for a run, the main model first: those of the run, else the configured ones. */
export function modelsFor(
  { models }: RunOptions,
  role: Role,
  configured: (role: Role) => readonly string[],
): readonly string[] {
  const own = models[role] ?? [];
  return own.length > 0 ? own : configured(role);
}

/** The failure of a stage that the run's deadline stopped. */
export const DEADLINE_EXHAUSTED: Failure = {
  intent: 'giveUp',
  code: 'deadline',
  message: 'the deadline of the job has passed or is too near for another call',
};

/** The failure of a stage that the run's budget stopped. */
export const BUDGET_EXHAUSTED: Failure = {
  intent: 'giveUp',
  code: 'budget',
  message: 'the budget of the job is spent',
};

/** Whether the deadline or the budget of the run caused a failure. */
export const isExhausted = (failure: Failure | null | undefined): boolean =>
  failure?.code === 'deadline' || failure?.code === 'budget';

/** Time and cost of a run before a call. */
export interface Consumption {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** US dollars spent by the run so far, without its open calls. Null if unknown. */
  readonly spent: number | null;
}

/** Why a run may not make another call. Null if it may. */
export function checkDeadlineAndBudget(options: RunOptions, { now, spent }: Consumption): Failure | null {
  if (now > callsBeginUntil(options)) return DEADLINE_EXHAUSTED;
  if (options.maxCostUsd === null) return null;
  return (spent ?? 0) >= options.maxCostUsd ? BUDGET_EXHAUSTED : null;
}
