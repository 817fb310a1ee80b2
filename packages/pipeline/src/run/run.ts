import { buildCode, type CodeFile } from '../code/code.ts';
import type { SourceFile } from '../code/source-file.ts';
import { type Graph, inputsOf, type Node } from '../graph/define-graph.ts';
import type { RunOptions } from '../policy/options.ts';
import { type ResolvedOutput, type Route, type StageContext, SUMMARY_STAGE } from '../stages/stage.ts';
import type { FailureCode } from './failure.ts';
import { cancelStage, hasEnded, type StageRecord } from './record.ts';
import { summaryMessage } from './summary.ts';

export interface Message {
  /** `system`: instructions of the chat program, before the first turn. */
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string;
}

/** The turns of a conversation. The last turn is the user's request. */
export type Conversation = readonly Message[];

export const fromQuery = (query: string): Conversation => [{ role: 'user', content: query }];

/** The request: the content of the last message. */
export const queryOf = (conversation: Conversation): string => conversation.at(-1)?.content ?? '';

/** A failure that did not end the run. */
export interface Degradation {
  readonly stage: string;
  readonly code: FailureCode;
  readonly why: string;
  readonly consequence: string;
}

/** The body of `GET /generate`: code with its steps, or a question; on the route `text`, a text. */
export type Response =
  | { readonly code: string; readonly steps: Readonly<Record<string, string>> }
  | { readonly code: string; readonly feedback: string; readonly ambiguous: true }
  | { readonly code: string; readonly text: string };

/** How a run ended. A run has one outcome; it never changes. */
export type Outcome =
  | {
      readonly status: 'completed';
      readonly route: Route;
      /** The stage that wrote the code or asked the question. */
      readonly source: string;
      readonly response: Response;
      readonly language: string | null;
      readonly files: readonly CodeFile[];
      readonly degraded: readonly Degradation[];
    }
  | {
      readonly status: 'failed';
      readonly stage: string;
      readonly code: FailureCode;
      readonly detail: string;
      readonly degraded: readonly Degradation[];
    }
  | { readonly status: 'cancelled' };

/** The state of a run. Times are milliseconds since 1970. */
export interface Run {
  readonly id: string;
  readonly conversation: Conversation;
  /** Number of messages at the beginning of the conversation that a summary replaces. 0 by default. */
  readonly olderCount?: number;
  /** The code that the request is about. Empty without such code. */
  readonly files: readonly SourceFile[];
  readonly seed: number;
  readonly options: RunOptions;
  readonly createdAt: number;
  /** Null until the request is classified. */
  readonly route: Route | null;
  readonly stages: Readonly<Record<string, StageRecord>>;
  readonly outcome: Outcome | null;
  readonly finishedAt: number | null;
}

export type RunStatus = 'queued' | 'running' | Outcome['status'];

export const statusOf = ({ outcome, stages }: Pick<Run, 'outcome' | 'stages'>): RunStatus =>
  outcome?.status ?? (Object.keys(stages).length === 0 ? 'queued' : 'running');

/** A finished run with its open stages cancelled. Any other run is returned as it is. */
export function cancelOpenStages(run: Run): Run {
  const { finishedAt } = run;
  if (finishedAt === null) return run;
  const stages = Object.values(run.stages).map((record) =>
    hasEnded(record) ? record : cancelStage(record, finishedAt),
  );
  return { ...run, stages: Object.fromEntries(stages.map((record) => [record.stage, record])) };
}

type Records = Run['stages'];

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
  // Only choices that form a cycle resolve to a choice.
  return output?.kind === 'choice' ? null : output;
}

/** The stages whose outputs a stage receives. */
export const inputNames = ({ inputs, reads = [] }: Node): string[] => [
  ...inputs.map(({ stage }) => stage.name),
  ...reads,
];

/** The context in which a stage of a run is attempted. */
export const contextOf = (
  node: Node,
  run: Pick<Run, 'conversation' | 'olderCount' | 'files' | 'seed' | 'options' | 'stages'>,
): StageContext => {
  const { conversation, olderCount = 0, files, seed, options, stages } = run;
  const isSummary = node.stage.name === SUMMARY_STAGE;
  return {
    conversation: isSummary ? conversation.slice(olderCount) : summarized(run),
    ...(isSummary && { older: conversation.slice(0, olderCount) }),
    files,
    seed,
    ...(options.route !== null && { requestedRoute: options.route }),
    ...(options.effort !== 'balanced' && { effort: options.effort }),
    inputs: inputNames({ ...node, inputs: inputsOf(node, run) }).map((stage) => ({
      stage,
      output: resolveOutput(stages, stage),
    })),
  };
};

/** The conversation with a summary in place of its older turns, once there is one. */
export function summarized({
  conversation,
  olderCount = 0,
  stages,
}: Pick<Run, 'conversation' | 'olderCount' | 'stages'>): Conversation {
  const summary = olderCount === 0 ? null : resolveOutput(stages, SUMMARY_STAGE);
  if (summary?.kind !== 'text') return conversation;
  return [summaryMessage(summary.text), ...conversation.slice(olderCount)];
}

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
  if (output?.kind === 'text')
    return { source, response: { code: '', text: output.text }, language: null, files: [] };
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
