import {
  type FailureCode,
  graph,
  type Node,
  type Outcome,
  type Response,
  type RetryPolicy,
  type SourceFile,
  stagesBelow,
} from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';
import { codeBy, type Replies, SPECIFICATION } from '../models/replies.ts';
import type { Moments } from '../models/scripted-models.ts';

/** One run with scripted models, and its expected calls and outcome. */
export interface Case {
  readonly title: string;
  readonly replies: Replies;
  readonly policy?: Partial<RetryPolicy>;
  readonly options?: RequestedOptions;
  /** The code that the request is about. */
  readonly files?: readonly SourceFile[];
  /** Cancels the run when it resolves. Null cancels the run before it starts. */
  readonly cancel?: ((moments: Moments) => Promise<void>) | null;
  /** The stage of every call, in any order. There are no other calls. */
  readonly calls: readonly string[];
  /** Stages that may be called, or not, before the cancellation reaches the executor. */
  readonly optionalCalls?: readonly string[];
  /** The outcome without its response and degradations. */
  readonly outcome: Partial<Outcome>;
  readonly response?: Response;
  /** Failure codes by stage, in any order. */
  readonly degraded?: Readonly<Record<string, FailureCode>>;
  /** The calls in the stage's record. */
  readonly recordedCalls?: Readonly<Record<string, readonly object[]>>;
}

const nodes = [graph.entry, ...graph.stagesOf('complex')];

/** The stages of a complex run. */
export const COMPLEX: readonly string[] = nodes.map(({ stage }) => stage.name);

/** The last stage of a complex run. */
export const LAST_STAGE = graph.routes.complex.stage.name;

/** The code that the last stage of a complex run receives. @param chosen the stage that `compare` prefers */
export function codeBeforeLast(chosen: string): string {
  const [before] = graph.routes.complex.inputs;
  return codeBy(before?.stage.output === 'code' ? before.stage.name : chosen);
}

/** The stages of a complex run without some of them. Throws for a name that is not one of them. */
export function complexBut(...stages: readonly string[]): string[] {
  for (const stage of stages)
    if (!COMPLEX.includes(stage)) throw new Error(`${stage} is not in the complex route`);
  return COMPLEX.filter((stage) => !stages.includes(stage));
}

/** The stages of a complex run that run before a stage. */
export function complexBefore(stage: string): string[] {
  const at = nodes.find((node) => node.stage.name === stage);
  if (at === undefined) throw new Error(`${stage} is not in the complex route`);
  return [graph.entry, ...stagesBelow(at)].map((node) => node.stage.name);
}

/** The stages of a complex run that run after a stage of its last part, which is one chain. */
export const complexAfter = (stage: string): string[] => complexBut(...complexBefore(stage), stage);

/** `bestImplementation` and all later steps of a complex run, with the same text. */
export const finalSteps = (text: string): Record<string, string> =>
  Object.fromEntries(
    graph
      .stepsOf('complex')
      .filter(({ stage }) => stage.name === 'compare' || complexAfter('compare').includes(stage.name))
      .map(({ step }) => [step, text]),
  );

export const simpleResponse: Response = { code: codeBy('answer'), steps: { directCode: codeBy('answer') } };

/** The response of a complex run whose models give the default replies, with some steps or the code replaced. */
export const complexResponse = (
  steps: Readonly<Record<string, string>> = {},
  code = codeBy(LAST_STAGE),
): Response => ({ code, steps: { ...defaultSteps(), ...steps } });

function defaultSteps(): Record<string, string> {
  return Object.fromEntries(graph.stepsOf('complex').map(({ step, ...node }) => [step, textOf(node)]));
}

/** The text that a stage passes on with default replies. */
export const textOf = (node: Node): string =>
  node.stage.output === 'specification' ? SPECIFICATION : codeBy(writerOf(node));

/** The stage whose code a stage passes on with default replies. `compare` chooses its last input. */
export function writerOf({ stage, inputs }: Node): string {
  const chosen = inputs.at(-1);
  return stage.output === 'choice' && chosen !== undefined ? writerOf(chosen) : stage.name;
}
