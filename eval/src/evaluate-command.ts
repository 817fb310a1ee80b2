import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { ROLES } from '@codegen/pipeline';
import { UsageError } from '@codegen/settings';
import { checkSyntax, runCases } from '@codegen/worker/testing';
import { configuredModels } from './models/configured.ts';
import type { Models } from './models/models.ts';
import { createSimulatedModels } from './models/simulated.ts';
import type { Options } from './options.ts';
import { chart } from './report/chart.ts';
import { type Summary, summarize } from './report/summary.ts';
import { table } from './report/table.ts';
import { estimateCalls, evaluate, type Plan, type Progress } from './run/evaluation.ts';
import { createJudge } from './run/judge.ts';
import { rememberRuns } from './run/known-runs.ts';
import { openResults } from './run/results-file.ts';
import { systemsFor } from './systems/systems.ts';
import { loadTasks } from './tasks/load.ts';
import { ownTasks } from './tasks/own.ts';
import type { Task } from './tasks/task.ts';

export interface Output {
  readonly print: (line: string) => void;
  /** Replaces the last progress on a terminal. */
  readonly progress: (line: string) => void;
}

/**
 * Evaluates as the options say, and writes the results and the report.
 * @returns the summary, or null if only an estimate was asked for
 */
export async function evaluateCommand(
  options: Options,
  env: NodeJS.ProcessEnv,
  { print, progress }: Output,
  signal: AbortSignal,
): Promise<Summary | null> {
  const tasks = await tasksFor(options, print);
  await using models = modelsFor(options, tasks, env);
  const systems = systemsFor(models.models, options.systems);
  const plan: Plan = { ...options, tasks, systems };
  print(estimateText(plan, options, models));
  if (options.estimate) return null;
  const file = openResults(`${options.out}.jsonl`, {
    startedAt: new Date().toISOString(),
    seed: options.seed,
    tasks: digestOf(tasks),
    models: Object.fromEntries(ROLES.map((role) => [role, models.models(role)[0] ?? ''])),
    rates: models.rates && { ...models.rates },
  });
  if (file.attempts.length > 0)
    print(`Continuing: ${file.attempts.length} attempts are in ${options.out}.jsonl.`);
  const run = models.rates === null ? runCases : rememberRuns(runCases);
  const judge = createJudge(run, signal);
  const runtime = { runCases: run, checkSyntax };
  const context = { models, judge, runtime, seed: options.seed, signal };
  const { attempts, isComplete } = await evaluate(plan, file, context, (state) =>
    progress(progressText(state)),
  );
  const summary = summarize(file.header, systems, attempts, isComplete);
  const report = table(summary);
  writeFileSync(`${options.out}.md`, report);
  writeFileSync(`${options.out}.json`, `${JSON.stringify(summary, null, 2)}\n`);
  writeFileSync(`${options.out}.svg`, chart(summary));
  print(`\n${report}`);
  if (!isComplete) print('The budget is spent. The same command with a higher --budget continues.');
  print(`Written: ${options.out}.jsonl, .md, .json and .svg`);
  return summary;
}

async function tasksFor(
  { tasks: files, only, limit }: Options,
  print: Output['print'],
): Promise<readonly Task[]> {
  const accepts = (id: string) => id.includes(only);
  const tasks =
    files.length === 0
      ? ownTasks()
          .filter(({ id }) => accepts(id))
          .slice(0, limit)
      : [];
  const all = [...tasks];
  for (const file of files) {
    const loaded = await loadTasks(file, accepts, limit);
    all.push(...loaded.tasks);
    if (loaded.leftOut.length > 0) {
      print(
        `${file}: ${loaded.leftOut.length} tasks cannot be used in the sandbox: ${loaded.leftOut.join(', ')}`,
      );
    }
  }
  if (all.length === 0) throw new UsageError(`no task has an id that contains ${JSON.stringify(only)}`);
  return all;
}

function modelsFor(options: Options, tasks: readonly Task[], env: NodeJS.ProcessEnv): Models {
  const configured = options.simulated ? null : configuredModels(env);
  if (configured !== null) return configured;
  if (options.tasks.length > 0) {
    throw new UsageError('--tasks needs a model server; set OPENROUTER_API_KEY or BASE_URL');
  }
  return createSimulatedModels(tasks, options);
}

const digestOf = (tasks: readonly Task[]) =>
  createHash('sha256')
    .update(JSON.stringify(tasks.map(({ id, request, cases }) => [id, request, cases])))
    .digest('base64url')
    .slice(0, 16);

/** Tokens of a call on the project's tasks, about. */
const PROMPT_TOKENS = 500;
const COMPLETION_TOKENS = 400;

function estimateText(plan: Plan, { price, budgetUsd }: Options, { rates }: Models): string {
  const { first, samples } = estimateCalls(plan);
  const calls = first + samples;
  const kind = rates === null ? '' : 'simulated ';
  const size = `${plan.tasks.length} tasks, ${plan.systems.length} systems: ${first} ${kind}calls, then up to ${samples} for samples at equal cost`;
  const tokens = `about ${millions(calls * PROMPT_TOKENS)} prompt and ${millions(calls * COMPLETION_TOKENS)} answer tokens`;
  const dollars =
    price === null
      ? ''
      : `, about $${(calls * (PROMPT_TOKENS * price[0] + COMPLETION_TOKENS * price[1]) * 1e-6).toFixed(2)}`;
  const budget = budgetUsd === null ? 'no budget' : `budget $${budgetUsd}`;
  return `Estimate: ${size}; ${tokens}${dollars}; ${budget}.`;
}

const millions = (count: number) => `${(count / 1e6).toFixed(2)} million`;

function progressText({ done, planned, spentUsd }: Progress): string {
  const expected = done === 0 ? 0 : (spentUsd / done) * planned;
  return `${done} of ${planned} attempts, $${spentUsd.toFixed(4)} spent, $${expected.toFixed(4)} expected for these`;
}
