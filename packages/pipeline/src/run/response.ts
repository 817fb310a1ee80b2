import { buildCode } from '../code/code.ts';
import type { ResolvedOutput, Route, Step } from '../stages/stage.ts';
import type { Graph } from '../stages/tree.ts';
import type { StageRecord } from './record.ts';
import { resolveOutput, sourceOf } from './resolve.ts';
import type { Outcome } from './run.ts';

type Steps = Partial<Record<Step, string>>;

/** What `GET /generate` returns: one of three shapes, by route. */
export type Response =
  | { readonly code: string; readonly steps: Steps }
  | { readonly code: string; readonly feedback: string; readonly ambiguous: true };

export const questionBack = (question: string): Response => ({
  code: '',
  feedback: question,
  ambiguous: true,
});

/**
 * The result of a run whose code or question is the output of `stage`.
 * @param steps those that the response holds; any other is empty
 */
export function resultOf(
  graph: Graph,
  { route, stages }: { readonly route: Route; readonly stages: Readonly<Record<string, StageRecord>> },
  stage: string,
  steps?: readonly Step[],
): Pick<Extract<Outcome, { status: 'completed' }>, 'source' | 'response' | 'language' | 'files'> {
  const source = sourceOf(stages, stage);
  const output = resolveOutput(stages, source);
  if (output?.kind === 'question')
    return { source, response: questionBack(output.question), language: null, files: [] };
  const { text, language, files } = output?.kind === 'code' ? output.code : NO_CODE;
  return { source, response: codeResponse(graph, route, stages, text, steps), language, files };
}

const NO_CODE = buildCode([]);

/** The response of a route whose last stage has code. Every step of the route is there; one that was lost is empty. */
export function codeResponse(
  graph: Graph,
  route: Route,
  stages: Readonly<Record<string, StageRecord>>,
  code: string,
  held: readonly Step[] = STEP_ORDER,
): Response {
  const steps: Steps = {};
  for (const step of STEP_ORDER) {
    const node = graph.stagesOf(route).find(({ stage }) => stage.step === step);
    if (node === undefined) continue;
    steps[step] = held.includes(step) ? textOf(resolveOutput(stages, node.stage.name)) : '';
  }
  return { code, steps };
}

const STEP_ORDER = [
  'interpretation',
  'directCode',
  'interpretedCode',
  'enhancedDirectCode',
  'enhancedInterpretedCode',
  'bestImplementation',
] as const satisfies readonly Step[];

function textOf(output: ResolvedOutput | null): string {
  if (output?.kind === 'code') return output.code.text;
  return output?.kind === 'specification' ? output.text : '';
}
