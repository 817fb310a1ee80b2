import type { Code } from '../code/code.ts';
import type { Conversation } from '../run/conversation.ts';
import type { Role } from './role.ts';

export const ROUTES = ['simple', 'ambiguous', 'complex'] as const;
export type Route = (typeof ROUTES)[number];

/** The files in the log folder; several stages of one role may share a file. */
export const LOG_FILES = [
  'classifier_responses.txt',
  'interpreter_responses.txt',
  'generator_direct_responses.txt',
  'generator_interpreted_responses.txt',
  'instructTuned_responses.txt',
  'instructTuned_enhance_direct_responses.txt',
  'instructTuned_enhance_interpreted_responses.txt',
  'reviewer_compare_responses.txt',
  'reviewer_polish_responses.txt',
] as const;
export type LogFile = (typeof LOG_FILES)[number];

/** The name under which an output appears in the response. */
export type Step =
  | 'interpretation'
  | 'directCode'
  | 'interpretedCode'
  | 'enhancedDirectCode'
  | 'enhancedInterpretedCode'
  | 'bestImplementation';

/** What a stage hands on. A stage that passes code on names the stage that has it, so that a run stores code once. */
export type Output =
  | ResolvedOutput
  | {
      readonly kind: 'choice';
      /** The stage whose output goes on. Its output may be a choice in turn. */
      readonly of: string;
      readonly reason: string;
    };

/** An output that refers to no other stage. */
export type ResolvedOutput =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'specification'; readonly text: string }
  | { readonly kind: 'question'; readonly question: string }
  | { readonly kind: 'code'; readonly code: Code };

/** The outcome of a stage this one depends on; null if it failed for good or had nothing to do. */
export interface Input {
  readonly stage: string;
  /** Choices are followed: a stage is given the code itself. */
  readonly output: ResolvedOutput | null;
}

export interface StageContext {
  readonly conversation: Conversation;
  readonly inputs: readonly Input[];
  /** Drawn once per run (0 … 2³²−1): marks the data sections of prompts and orders blind candidates. */
  readonly seed: number;
}

export interface Prompt {
  readonly system: string;
  readonly user: string;
}

/** A stage as plain data and pure functions: one model call of the pipeline. */
export interface Stage {
  /** Persisted in queues and records: renaming it strands runs in flight, so add a new name instead. */
  readonly name: string;
  readonly role: Role;
  readonly log: LogFile;
  readonly step?: Step;
  /** What happens to the run if this stage fails for good, in words for the person who asked. */
  readonly whenLost: string;
  prompt(context: StageContext): Prompt;
  /** @throws StageError if the answer cannot be used. */
  read(text: string, context: StageContext): Output;
  /** Decides without a model: an output, `skip` if there is nothing to do, undefined to ask the model. */
  decide?(context: StageContext): Output | 'skip' | undefined;
  /** What goes on in this stage's place when it has failed for good. */
  fallbackOutput?(context: StageContext): Output | null;
}

export const defineStage = (stage: Stage): Stage => Object.freeze(stage);

/** The code an input carries, if any. */
export const codeOf = (input: Input | undefined): Code | null =>
  input?.output?.kind === 'code' ? input.output.code : null;

/** A choice of an input that carries code; null for any other. */
export const choiceOf = (input: Input | undefined, reason: string): Output | null =>
  input === undefined || codeOf(input) === null ? null : { kind: 'choice', of: input.stage, reason };
