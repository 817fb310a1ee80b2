import { buildCode } from '../code/code.ts';
import type { ResolvedOutput, Route, StageContext } from '../stages/stage.ts';
import type { Graph, Node } from '../stages/tree.ts';
import type { StageRecord } from './record.ts';
import type { Outcome, Run } from './run.ts';

type Records = Readonly<Record<string, StageRecord>>;
type Steps = Readonly<Record<string, string>>;

/** The body of `GET /generate`: code with its steps, or a question. */
export type Response =
  | { readonly code: string; readonly steps: Steps }
  | { readonly code: string; readonly feedback: string; readonly ambiguous: true };

/** Resolves choices: the name of the stage whose own output is the output of `stage`. */
export function sourceOf(stages: Records, stage: string): string {
  const visited = new Set<string>();
  for (let at = stage; ; ) {
    const output = stages[at]?.output;
    if (output?.kind !== 'choice' || visited.has(at)) return at;
    visited.add(at);
    at = output.of;
  }
}

/** The output of a stage after choices. Null if the stage that was chosen has no record or no output. */
export function resolveOutput(stages: Records, stage: string): ResolvedOutput | null {
  const output = stages[sourceOf(stages, stage)]?.output ?? null;
  // Only choices that form a circle resolve to a choice.
  return output?.kind === 'choice' ? null : output;
}

/** The context in which a stage of a run is attempted. */
export const contextOf = (
  { inputs }: Node,
  { conversation, seed, stages }: Pick<Run, 'conversation' | 'seed' | 'stages'>,
): StageContext => ({
  conversation,
  seed,
  inputs: inputs.map(({ stage: { name } }) => ({ stage: name, output: resolveOutput(stages, name) })),
});

/**
 * The result of a run whose code or question is the output of `stage`.
 * @param steps the steps that the response contains; the other steps of the route are empty
 */
export function resultOf(
  graph: Graph,
  { route, stages }: { readonly route: Route; readonly stages: Records },
  stage: string,
  steps?: readonly string[],
): Pick<Extract<Outcome, { status: 'completed' }>, 'source' | 'response' | 'language' | 'files'> {
  const source = sourceOf(stages, stage);
  const output = resolveOutput(stages, source);
  if (output?.kind === 'question')
    return { source, response: questionResponse(output.question), language: null, files: [] };
  const { text, language, files } = output?.kind === 'code' ? output.code : NO_CODE;
  return { source, response: codeResponse(graph, route, stages, text, steps), language, files };
}

const NO_CODE = buildCode([]);

export const questionResponse = (question: string): Response => ({
  code: '',
  feedback: question,
  ambiguous: true,
});

/** The response of a route that ended with code. It has every step of the route; a step without output is empty. */
export function codeResponse(
  graph: Graph,
  route: Route,
  stages: Records,
  code: string,
  included?: readonly string[],
): Response {
  const steps = graph.stepsOf(route).map(({ step, stage }) => {
    const isIncluded = included?.includes(step) ?? true;
    return [step, isIncluded ? textOf(resolveOutput(stages, stage.name)) : ''] as const;
  });
  return { code, steps: Object.fromEntries(steps) };
}

function textOf(output: ResolvedOutput | null): string {
  if (output?.kind === 'code') return output.code.text;
  return output?.kind === 'specification' ? output.text : '';
}
