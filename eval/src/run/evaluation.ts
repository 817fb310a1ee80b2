import pLimit from 'p-limit';
import { isOnce, type System, UNVERIFIED, VERIFIED } from '../systems/systems.ts';
import type { Task } from '../tasks/task.ts';
import type { Attempt } from './attempt.ts';
import { type AttemptContext, attemptTask } from './attempt-task.ts';
import { bestOnce, samplesFor } from './equal-cost.ts';
import type { ResultsFile } from './results-file.ts';

export interface Plan {
  readonly tasks: readonly Task[];
  readonly systems: readonly System[];
  /** Attempts at a time. */
  readonly concurrency: number;
  /** US dollars for all attempts in the file. No attempt starts when they are spent. Null without a budget. */
  readonly budgetUsd: number | null;
  /** The most samples of one model for a task. */
  readonly maxSamples: number;
}

export interface Progress {
  readonly done: number;
  readonly planned: number;
  /** US dollars, of the attempts that report a cost. */
  readonly spentUsd: number;
}

export interface Evaluation {
  readonly attempts: readonly Attempt[];
  /** False if the budget ended it. */
  readonly isComplete: boolean;
}

interface Pending {
  readonly task: Task;
  readonly system: System;
  readonly sample: number;
}

const keyOf = (task: string, system: string, sample: number) => `${task}\n${system}\n${sample}`;

export const spentOn = (attempts: readonly Attempt[]): number =>
  attempts.reduce((sum, { cost }) => sum + (cost ?? 0), 0);

/**
 * Makes the attempts that the results file lacks: each system on each task, then further samples of the best single model, as many
 * as cost what the pipeline costs.
 * @throws ModelsUnusable, or the reason of the context's signal
 */
export async function evaluate(
  { tasks, systems, concurrency, budgetUsd, maxSamples }: Plan,
  results: ResultsFile,
  context: AttemptContext,
  onProgress: (progress: Progress) => void,
): Promise<Evaluation> {
  const attempts = [...results.attempts];
  const limit = pLimit(concurrency);
  const isSpent = () => budgetUsd !== null && spentOn(attempts) >= budgetUsd;

  async function makeAll(wanted: readonly Pending[]): Promise<boolean> {
    const made = new Set(attempts.map(({ task, system, sample }) => keyOf(task, system, sample)));
    const open = wanted.filter(({ task, system, sample }) => !made.has(keyOf(task.id, system.name, sample)));
    let left = open.length;
    const failed = new AbortController();
    const signal = AbortSignal.any([context.signal, failed.signal]);
    const make = async ({ task, system, sample }: Pending) => {
      signal.throwIfAborted();
      if (isSpent()) return;
      const attempt = await attemptTask(task, system, sample, { ...context, signal });
      results.append(attempt);
      attempts.push(attempt);
      left -= 1;
      onProgress({ done: attempts.length, planned: attempts.length + left, spentUsd: spentOn(attempts) });
    };
    const all = open.map((one) =>
      limit(make, one).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(all);
    await Promise.all(all);
    return left === 0;
  }

  // By task, so that a budget ends the evaluation with the same tasks for all systems.
  const once = tasks.flatMap((task) => systems.map((system) => ({ task, system, sample: 0 })));
  if (!(await makeAll(once))) return { attempts, isComplete: false };
  const best = systems.find(({ name }) => name === bestOnce(attempts));
  const pipeline = [VERIFIED, UNVERIFIED].find((name) => systems.some((system) => system.name === name));
  if (best === undefined || pipeline === undefined) return { attempts, isComplete: true };
  const count = Math.min(maxSamples, samplesFor(attempts, best.name, pipeline));
  const more = tasks.flatMap((task) =>
    Array.from({ length: count - 1 }, (_, index) => ({ task, system: best, sample: index + 1 })),
  );
  return { attempts, isComplete: await makeAll(more) };
}

/** Calls of the attempts before further samples, and of those, at most. Calls that are repeated are not counted. */
export function estimateCalls({ tasks, systems, maxSamples }: Plan): { first: number; samples: number } {
  const callsOf = ({ graph, route }: System) =>
    graph.stagesOf(route).filter(({ stage }) => !stage.work).length;
  const perTask = systems.reduce((sum, system) => sum + callsOf(system), 0);
  const hasOnce = systems.some(({ name }) => isOnce(name));
  return { first: tasks.length * perTask, samples: hasOnce ? tasks.length * (maxSamples - 1) : 0 };
}
