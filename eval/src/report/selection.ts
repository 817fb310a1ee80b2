import type { Attempt, Selection } from '../run/attempt.ts';
import type { Header } from '../run/results-file.ts';
import type { System } from '../systems/systems.ts';
import { type Interval, mean, wilson } from './statistics.ts';

/** How often a system chose the right one of two programs, over the tasks on which exactly one was right. */
export interface SelectionRow {
  readonly system: string;
  readonly title: string;
  readonly decisions: number;
  /** Decisions that were made by running, without the reviewer. */
  readonly byRunning: number;
  readonly right: number;
  readonly interval: Interval;
  /** The expected rate of right choices, from the rates of the simulated models. Null for real ones. */
  readonly expected: number | null;
}

export function selectionRows(
  systems: readonly System[],
  attempts: readonly Attempt[],
  rates: Header['rates'],
): SelectionRow[] {
  return systems.flatMap((system) => {
    const made = attempts.flatMap((one) =>
      one.system === system.name && one.selection !== null ? [one.selection] : [],
    );
    if (made.length === 0) return [];
    const right = made.filter((one) => one.right).length;
    const isVerified = system.graph.stagesOf(system.route).some(({ stage }) => stage.name === 'verify');
    return {
      system: system.name,
      title: system.title,
      decisions: made.length,
      byRunning: made.filter(({ by }) => by === 'running').length,
      right,
      interval: wilson(right, made.length),
      expected: rates === null ? null : mean(made.map((one) => expectedRight(one, isVerified, rates))),
    };
  });
}

/**
 * The probability that the right program is chosen. Running decides if two cases or more show the mistake. Otherwise the reviewer
 * does.
 */
export function expectedRight(
  { fails }: Pick<Selection, 'fails'>,
  isVerified: boolean,
  { reviewer = 0, coverage = 0, wrongCase = 0 }: Readonly<Record<string, number>>,
): number {
  if (!isVerified) return reviewer;
  const shown = coverage * (1 - wrongCase);
  const fewer = (1 - shown) ** fails + fails * shown * (1 - shown) ** (fails - 1);
  return 1 - fewer + fewer * reviewer;
}
