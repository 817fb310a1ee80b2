import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ABORTED, NO_USAGE, StageError } from '@codegen/pipeline';
import type { Case, Json } from '@codegen/sandbox';
import type { Task } from '../tasks/task.ts';
import { draw } from './draw.ts';
import type { Models } from './models.ts';
import { applyMutant, type Mutant } from './mutation.ts';
import type { Rates } from './rates.ts';

/** US dollars per token. */
const PROMPT_PRICE = 0.2e-6;
const COMPLETION_PRICE = 0.8e-6;
const CHARS_PER_TOKEN = 4;

export interface SimulationOptions {
  readonly rates: Rates;
  /** Duration of each call, ms. */
  readonly latencyMs: number;
}

export const MUTANTS_FILE = new URL('../../tasks/mutants.json', import.meta.url);

/** Mutants of the project's own tasks by task. Each fails a hidden test and ends in time. */
export const readMutants = (): Readonly<Record<string, readonly Mutant[]>> =>
  JSON.parse(readFileSync(MUTANTS_FILE, 'utf8'));

/**
 * Models in this process that write the reference of a task, or a mutant of it, at the given rates. What they answer depends on
 * the task, the stage and the seed of the run only: systems that share a stage and a seed get the same answers.
 * @param tasks those that have mutants
 */
export function createSimulatedModels(
  tasks: readonly Task[],
  { rates, latencyMs }: SimulationOptions,
): Models {
  const mutants = readMutants();
  const byRequest = new Map(tasks.map((task) => [task.request, task]));
  return {
    rates,
    models: () => ['simulated'],
    async callModel({ model, stage, prompt }, signal) {
      await sleep(latencyMs, undefined, { signal }).catch(() => {
        throw new StageError(ABORTED);
      });
      const { seed, section } = readPrompt(prompt.user);
      const task = byRequest.get(section('request') ?? '');
      if (task?.reference == null) throw new Error('simulated models know the project’s own tasks only');
      const programs = {
        right: task.reference,
        wrong: (mutants[task.id] ?? []).map((one) => applyMutant(task.reference!, one)),
      };
      const text = answer({ stage: stage.name, seed, task, section, ...programs }, rates);
      const [promptTokens, completionTokens] = [prompt.system + prompt.user, text].map((one) =>
        Math.ceil(one.length / CHARS_PER_TOKEN),
      ) as [number, number];
      const cost = promptTokens * PROMPT_PRICE + completionTokens * COMPLETION_PRICE;
      const tokens = { promptTokens, completionTokens, cost, figures: 'estimated' } as const;
      return { ...NO_USAGE, ...tokens, servedModel: model, simulated: true, text };
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Question {
  readonly stage: string;
  readonly seed: string;
  readonly task: Task;
  readonly right: string;
  readonly wrong: readonly string[];
  readonly section: (name: string) => string | undefined;
}

/** The mark of the prompt's sections is the seed of the run. */
function readPrompt(user: string) {
  const seed = /<request-([0-9a-f]{8})>/.exec(user)?.[1] ?? '';
  const section = (name: string) =>
    new RegExp(`<${name}-${seed}>\\n([\\s\\S]*?)\\n</${name}-${seed}>`).exec(user)?.[1];
  return { seed, section };
}

function answer(question: Question, rates: Rates): string {
  const { stage, task, section } = question;
  switch (stage) {
    case 'classify':
      return '{"route": "complex"}';
    case 'interpret':
      return JSON.stringify({ specification: { goal: task.request, language: task.language } });
    case 'cases':
      return JSON.stringify({ cases: casesFor(question, rates) });
    case 'compare':
      return JSON.stringify({ choice: choose(question, rates), reason: 'simulated' });
    default: {
      const draft = section('draft') ?? section('implementation') ?? section('previous-answer');
      return fenced(task, draft === undefined ? write(question, rates) : revise(question, draft, rates));
    }
  }
}

const fenced = ({ language }: Task, code: string) => `\`\`\`${language}\n${code}\n\`\`\`\n`;

const chance = ({ stage, seed, task }: Question, what: string) => draw(seed, task.id, stage, what);

function write(question: Question, { mistake }: Rates): string {
  return chance(question, 'mistake') < mistake ? wrongProgram(question) : question.right;
}

function revise(question: Question, draft: string, { mend, spoil }: Rates): string {
  const isRight = draft.trim() === question.right.trim();
  if (isRight) return chance(question, 'spoil') < spoil ? wrongProgram(question) : question.right;
  return chance(question, 'mend') < mend ? question.right : draft;
}

function wrongProgram(question: Question): string {
  const { wrong } = question;
  return wrong[Math.floor(chance(question, 'mutant') * wrong.length)] ?? question.right;
}

/** With two right or two wrong candidates, either. */
function choose(question: Question, { reviewer }: Rates): 'A' | 'B' {
  const isRight = (name: string) => question.section(name)?.trim() === question.right.trim();
  const [a, b] = [isRight('candidate-a'), isRight('candidate-b')];
  if (a === b) return chance(question, 'either') < 0.5 ? 'A' : 'B';
  const picksRight = chance(question, 'reviewer') < reviewer;
  return a === picksRight ? 'A' : 'B';
}

function casesFor(question: Question, { coverage, wrongCase }: Rates) {
  return question.task.cases.flatMap((one, index) => {
    if (chance(question, `covers ${index}`) >= coverage) return [];
    return [caseJson(one, chance(question, `wrong ${index}`) < wrongCase)];
  });
}

/** A test in the form that the stage `cases` reads, or the same input with a value that is not expected. */
function caseJson(one: Case, isWrong: boolean) {
  const { expected } = one;
  const value: Json = 'raises' in expected ? null : expected.value;
  if (one.kind === 'stdin') return { stdin: one.stdin, prints: isWrong ? `${String(value)}?` : value };
  const effect = 'raises' in expected && !isWrong ? { raises: true } : { returns: isWrong ? [value] : value };
  return { function: one.function, args: one.args, ...effect };
}
