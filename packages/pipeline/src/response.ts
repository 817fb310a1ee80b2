import type { StageRecord } from './record.ts';
import type { Output, Route, Step } from './stage.ts';
import type { Graph } from './tree.ts';

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

/** The response of a route whose last stage has code. Every step of the route is there; one that was lost is empty. */
export function codeResponse(
  graph: Graph,
  route: Route,
  stages: Readonly<Record<string, StageRecord>>,
  code: string,
): Response {
  const steps: Steps = {};
  for (const step of STEP_ORDER) {
    const node = graph.stagesOf(route).find(({ stage }) => stage.step === step);
    if (node !== undefined) steps[step] = textOf(stages[node.stage.name]?.output ?? null);
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

function textOf(output: Output | null): string {
  if (output?.kind === 'code') return output.code.text;
  return output?.kind === 'specification' ? output.text : '';
}
