import type { Case, Json, Program } from '@codegen/sandbox';
import { DEFAULT_LIMITS, run } from '@codegen/sandbox';
import { z } from 'zod';
import { type Task, TaskFileError } from './task.ts';

/**
 * A task of HumanEval+ or MBPP+ in the form of EvalPlus's releases. The files have inputs only: the expected values are what the
 * reference returns.
 */
export const evalplusSchema = z.object({
  task_id: z.union([z.string(), z.number()]).transform(String),
  prompt: z.string(),
  entry_point: z.string(),
  canonical_solution: z.string(),
  base_input: z.array(z.array(z.json())),
  plus_input: z.union([z.array(z.array(z.json())), z.record(z.string(), z.json()).transform(() => [])]),
});

export type EvalplusTask = z.output<typeof evalplusSchema>;

/** Inputs per task. The releases have up to thousands. */
const MAX_INPUTS = 100;
/** The sandbox cuts longer results, so that they cannot be compared. */
const LONGEST_RESULT = 500;

/**
 * The task, with the results of the reference on its inputs as tests. Null if none of them can be used: the reference needs a
 * module or types that JSON does not have.
 */
export async function fromEvalplus(row: EvalplusTask, signal?: AbortSignal): Promise<Task | null> {
  const { prompt, entry_point: name, canonical_solution: solution } = row;
  // HumanEval+ continues the prompt, MBPP+ has whole programs.
  const isWhole = solution.includes(`def ${name}`);
  const reference = isWhole ? solution : `${prompt}${solution}`;
  const inputs = [...row.base_input, ...row.plus_input].slice(0, MAX_INPUTS);
  const cases = await expectedBy(reference, name, inputs as Json[][], signal);
  if (cases.length === 0) return null;
  const request = isWhole
    ? `${prompt
        .trim()
        .replaceAll(/^"""|"""$/g, '')
        .trim()}\n\nWrite it in Python. The function is called ${name}.`
    : `Complete this Python function. Answer with the whole program.\n\n${prompt.trim()}`;
  return { id: row.task_id, language: 'python', request, cases, reference };
}

async function expectedBy(
  reference: string,
  name: string,
  inputs: readonly (readonly Json[])[],
  signal: AbortSignal | undefined,
): Promise<readonly Case[]> {
  const program: Program = { language: 'python', files: [{ name: 'main.py', content: reference }] };
  const calls = inputs.map(
    (args) => ({ kind: 'call', function: name, args, expected: { value: null } }) as const,
  );
  const { load, results } = await run(program, calls, DEFAULT_LIMITS, signal);
  if (load !== 'loaded') return [];
  return calls.flatMap((call, index): Case[] => {
    const { verdict, actual } = results[index]!;
    if (verdict === 'unsupported' || verdict === 'timeout' || actual === null) return [];
    if (actual.length > LONGEST_RESULT) return [];
    const value = parseValue(actual);
    // An exception on an input that JSON changed, such as a tuple, says nothing.
    return value === undefined ? [] : [{ ...call, expected: { value } }];
  });
}

function parseValue(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** @throws TaskFileError for the form of the data sets at Hugging Face, whose tests are programs that need numpy */
export function checkForm(row: unknown): void {
  const isOther = typeof row === 'object' && row !== null && 'test' in row && !('plus_input' in row);
  if (!isOther) return;
  throw new TaskFileError(
    'this is the form of Hugging Face; use HumanEvalPlus.jsonl or MbppPlus.jsonl from the releases of EvalPlus',
  );
}
