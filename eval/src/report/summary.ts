import type { Attempt } from '../run/attempt.ts';
import { bestOnce, majority } from '../run/equal-cost.ts';
import type { Header } from '../run/results-file.ts';
import { isOnce, type System, UNVERIFIED, VERIFIED } from '../systems/systems.ts';
import { type SelectionRow, selectionRows } from './selection.ts';
import { bootstrapMean, type Interval, mcnemar, mean, median, wilson } from './statistics.ts';

/** A system compared with the pipeline with verification, on the tasks that both have attempted. */
export interface Comparison {
  /** Mean difference of the pass rates: this system minus the pipeline with verification. */
  readonly difference: number;
  readonly interval: Interval;
  /** McNemar's exact test. */
  readonly p: number;
}

export interface Row {
  readonly system: string;
  readonly title: string;
  readonly tasks: number;
  readonly passed: number;
  readonly rate: number;
  readonly interval: Interval;
  /** Null for the pipeline with verification itself. */
  readonly comparison: Comparison | null;
  /** Means per task. Cost in US dollars, null if unknown. */
  readonly calls: number;
  readonly cost: number | null;
  /** Median seconds per task. Samples are made at the same time. */
  readonly seconds: number;
  /** Tasks that need what the sandbox does not have. */
  readonly unsupported: number;
}

export interface Summary {
  readonly header: Header;
  readonly isComplete: boolean;
  readonly rows: readonly Row[];
  readonly selection: readonly SelectionRow[];
}

/** The result of a row on one task. */
type Result = Pick<Attempt, 'task' | 'passed' | 'why' | 'cost' | 'calls' | 'ms'>;

export function summarize(
  header: Header,
  systems: readonly System[],
  attempts: readonly Attempt[],
  isComplete: boolean,
): Summary {
  const first = (name: string) => attempts.filter((one) => one.system === name && one.sample === 0);
  const best = bestOnce(attempts);
  const reference = new Map(first(VERIFIED).map(({ task, passed }) => [task, passed]));
  const rowOf = (system: string, title: string, results: readonly Result[]): Row => {
    const passed = results.filter((one) => one.passed).length;
    const costs = results.map(({ cost }) => cost);
    return {
      system,
      title,
      tasks: results.length,
      passed,
      rate: results.length === 0 ? 0 : passed / results.length,
      interval: wilson(passed, results.length),
      comparison: system === VERIFIED || reference.size === 0 ? null : compare(results, reference),
      calls: mean(results.map(({ calls }) => calls)),
      cost: costs.includes(null) ? null : mean(costs as number[]),
      seconds: median(results.map(({ ms }) => ms)) / 1_000,
      unsupported: results.filter(({ why }) => why === 'unsupported').length,
    };
  };
  const once = systems
    .filter(({ name }) => isOnce(name))
    .map(({ name, title }) => rowOf(name, title, first(name)));
  const rows = [...once, ...sampleRows(attempts, best, rowOf), ...pipelineRows(systems, first, rowOf)];
  return { header, isComplete, rows, selection: selectionRows(systems, attempts, header.rates) };
}

type RowOf = (system: string, title: string, results: readonly Result[]) => Row;

function pipelineRows(systems: readonly System[], first: (name: string) => Attempt[], rowOf: RowOf): Row[] {
  const order = [UNVERIFIED, VERIFIED];
  return systems
    .filter(({ name }) => !isOnce(name))
    .toSorted((a, b) => order.indexOf(b.name) - order.indexOf(a.name))
    .toSorted((a, b) => Number(!order.includes(a.name)) - Number(!order.includes(b.name)))
    .toSorted((a, b) => Number(b.name === UNVERIFIED) - Number(a.name === UNVERIFIED))
    .map(({ name, title }) => rowOf(name, title, first(name)));
}

/** The best single model with several samples: the one that most agree with, and any of them. */
function sampleRows(attempts: readonly Attempt[], best: string | undefined, rowOf: RowOf): Row[] {
  const own = attempts.filter(({ system }) => system === best);
  const count = 1 + Math.max(0, ...own.map(({ sample }) => sample));
  if (best === undefined || count === 1) return [];
  // A budget may have ended the evaluation between two samples of a task.
  const byTask = [...Map.groupBy(own, ({ task }) => task).values()].filter((all) => all.length === count);
  const combined = (pick: (all: readonly Attempt[]) => boolean) =>
    byTask.map((all): Result => {
      const costs = all.map(({ cost }) => cost);
      return {
        task: all[0]!.task,
        passed: pick(all),
        why: all.every(({ why }) => why === 'unsupported') ? 'unsupported' : null,
        cost: costs.includes(null) ? null : (costs as number[]).reduce((sum, one) => sum + one, 0),
        calls: all.reduce((sum, { calls }) => sum + calls, 0),
        ms: Math.max(...all.map(({ ms }) => ms)),
      };
    });
  const name = best.slice(best.indexOf(':') + 1);
  return [
    rowOf(
      'majority',
      `${name}, majority of ${count} samples`,
      combined((all) => majority(all)?.passed ?? false),
    ),
    rowOf(
      'any',
      `${name}, any of ${count} samples (upper bound)`,
      combined((all) => all.some((one) => one.passed)),
    ),
  ];
}

function compare(results: readonly Result[], reference: ReadonlyMap<string, boolean>): Comparison {
  const pairs = results.flatMap(({ task, passed }) => {
    const other = reference.get(task);
    return other === undefined ? [] : [[passed, other] as const];
  });
  const differences = pairs.map(([own, other]) => Number(own) - Number(other));
  return {
    difference: mean(differences),
    interval: bootstrapMean(differences),
    p: mcnemar(differences.filter((one) => one > 0).length, differences.filter((one) => one < 0).length),
  };
}
