import type { Code } from './code.ts';
import type { Conversation } from './conversation.ts';
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

/** What a stage hands on. */
export type Output =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'specification'; readonly text: string }
  | { readonly kind: 'question'; readonly question: string }
  | {
      readonly kind: 'code';
      readonly code: Code;
      /** Set by a stage that chose between candidates. */
      readonly choice?: { readonly of: string; readonly reason: string };
    };

/** The outcome of a stage this one depends on; null if it failed for good or had nothing to do. */
export interface Input {
  readonly stage: string;
  readonly output: Output | null;
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
  standIn?(context: StageContext): Output | null;
}

export const defineStage = (stage: Stage): Stage => Object.freeze(stage);

/** The code an input carries, if any. */
export const codeOf = (input: Input | undefined): Code | null =>
  input?.output?.kind === 'code' ? input.output.code : null;
