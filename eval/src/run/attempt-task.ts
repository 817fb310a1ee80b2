import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Code,
  costOf,
  DEFAULT_RETRY,
  execute,
  type FailureCode,
  fromQuery,
  NO_OPTIONS,
  type Run,
  resolveOutput,
  type StageRuntime,
} from '@codegen/pipeline';
import { draw } from '../models/draw.ts';
import type { Models } from '../models/models.ts';
import type { System } from '../systems/systems.ts';
import type { Task } from '../tasks/task.ts';
import type { Attempt, Selection } from './attempt.ts';
import type { Judge } from './judge.ts';

/** The models cannot be used. Further attempts would fail alike. */
export class ModelsUnusable extends Error {
  override readonly name = 'ModelsUnusable';
}

const UNUSABLE: readonly FailureCode[] = ['key-rejected', 'no-credit', 'wrong-base-url', 'no-such-model'];

export interface AttemptContext {
  readonly models: Models;
  readonly judge: Judge;
  readonly runtime: Required<Pick<StageRuntime, 'runCases' | 'checkSyntax'>>;
  /** Of the evaluation. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * Lets a system answer the request of a task, in this process, and runs the hidden tests on its code.
 * @throws ModelsUnusable
 */
export async function attemptTask(
  task: Task,
  system: System,
  sample: number,
  { models, judge, runtime, seed, signal }: AttemptContext,
): Promise<Attempt> {
  const request = {
    id: randomUUID(),
    conversation: fromQuery(task.request),
    // Systems share the seed of a sample, and with it what is drawn at random.
    seed: Math.floor(draw(seed, task.id, sample) * 2 ** 32),
    options: { ...NO_OPTIONS, route: system.route },
  };
  const run = await execute(
    system.graph,
    request,
    {
      ...runtime,
      callModel: models.callModel,
      models: models.models,
      ...(models.reconcileUsage && { reconcileUsage: models.reconcileUsage }),
      policy: DEFAULT_RETRY,
      now: Date.now,
      random: Math.random,
      sleepUntil: (at, signal) => sleep(Math.max(0, at - Date.now()), undefined, { signal }),
    },
    signal,
  );
  signal.throwIfAborted();
  if (run.outcome?.status === 'failed' && UNUSABLE.includes(run.outcome.code)) {
    throw new ModelsUnusable(run.outcome.detail);
  }
  const { fails: _, ...judgement } = await judge(task, codeOf(run));
  const calls = Object.values(run.stages).flatMap((record) => record.calls);
  return {
    task: task.id,
    system: system.name,
    sample,
    ...judgement,
    cost: costOf({ calls }),
    calls: calls.length,
    ms: (run.finishedAt ?? run.createdAt) - run.createdAt,
    degraded: run.outcome?.status === 'completed' ? run.outcome.degraded.map(({ code }) => code) : [],
    selection: await selectionOf(task, run, judge),
  };
}

const codeIn = (run: Run, stage: string): Code | null => {
  const output = resolveOutput(run.stages, stage);
  return output?.kind === 'code' ? output.code : null;
};

const codeOf = (run: Run): Code | null =>
  run.outcome?.status === 'completed' ? codeIn(run, run.outcome.source) : null;

async function selectionOf(task: Task, run: Run, judge: Judge): Promise<Selection | null> {
  const choice = run.stages.compare?.output;
  if (choice?.kind !== 'choice') return null;
  const verified = run.stages.verify?.output;
  const verification = verified?.kind === 'verification' ? verified.verification : null;
  const candidates = verification?.candidates ?? ['enhance.direct', 'enhance.interpreted'];
  const judged = await Promise.all(
    candidates
      .filter((stage) => codeIn(run, stage) !== null)
      .map(async (stage) => ({ stage, ...(await judge(task, codeIn(run, stage))) })),
  );
  const [right, ...others] = judged.filter(({ passed }) => passed);
  const wrong = judged.find(({ passed }) => !passed);
  if (right === undefined || wrong === undefined || others.length > 0 || judged.length !== 2) return null;
  const by = (run.stages.compare?.calls.length ?? 0) > 0 ? 'reviewer' : 'running';
  return { by, right: choice.of === right.stage, fails: wrong.fails };
}
