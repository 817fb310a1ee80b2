import type { Code } from '../code/code.ts';
import type { IgnoredBlock } from '../code/ignored.ts';
import type { SourceFile } from '../code/source-file.ts';
import type { Failure } from '../run/failure.ts';
import type { Conversation, Run } from '../run/run.ts';
import type { CaseRun, TestCase, Verification } from '../run/verification.ts';

/** A role has one main model and fallback models, chosen by configuration. */
export const ROLES = ['classifier', 'interpreter', 'generator', 'instructTuned', 'reviewer'] as const;
export type Role = (typeof ROLES)[number];

/** The routes that classify chooses from: `edit` only if there is code to edit. */
export const CLASSIFIED_ROUTES = ['simple', 'ambiguous', 'complex', 'edit'] as const;

/** A run takes the route `text` only if its request names it. */
export const ROUTES = [...CLASSIFIED_ROUTES, 'text'] as const;
export type Route = (typeof ROUTES)[number];

/**
 * How much a complex request may take.
 * - `fast`      drafts are not improved, and one that passes every test case is not polished
 * - `balanced`  the default
 * - `thorough`  twice as many test cases
 */
export const EFFORTS = ['fast', 'balanced', 'thorough'] as const;
export type Effort = (typeof EFFORTS)[number];

/** The output of a stage. A choice names the stage whose code it passes on, so that a run stores code once. */
export type Output =
  | ResolvedOutput
  | {
      readonly kind: 'choice';
      /** The chosen stage. Its own output may be a choice too. */
      readonly of: string;
      readonly reason: string;
      /** The stages of the candidates that the reason calls A and B. Absent if no model chose. */
      readonly candidates?: readonly [string, string];
    };

/** An output that refers to no other stage. */
export type ResolvedOutput =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'specification'; readonly text: string }
  | { readonly kind: 'cases'; readonly cases: readonly TestCase[] }
  | { readonly kind: 'verification'; readonly verification: Verification }
  | { readonly kind: 'question'; readonly question: string }
  /** An answer that is no code. */
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'code';
      readonly code: Code;
      /** Blocks of the answer that are no part of the code. */
      readonly ignored?: readonly IgnoredBlock[];
      /** Why the code does not parse. Absent if it does, or cannot be judged. */
      readonly fault?: string;
    };

/** Code that does not parse or is worse than before, which its stage has one more call to mend. */
export interface FaultyCode {
  readonly code: Code;
  /** Where and why, such as `line 3: unexpected "foo"`. */
  readonly fault: string;
  /** The code parses, and fails a test case that passed before. */
  readonly isRegression?: true;
}

/** The output of one stage that this stage depends on. Null if that stage failed for good or was skipped. */
export interface Input {
  readonly stage: string;
  /** Choices are resolved: a stage receives the code itself. */
  readonly output: ResolvedOutput | null;
}

export interface StageContext {
  /** Absent if classify decides. */
  readonly requestedRoute?: Route;
  readonly conversation: Conversation;
  /** The turns before `conversation` that a summary replaces. Only `summarize` receives them. */
  readonly older?: Conversation;
  /** The code that the request is about, as it is now. Empty without such code. */
  readonly files: readonly SourceFile[];
  /** Size of the context of the model that is called. */
  readonly contextTokens?: number;
  /** The failure of the last call of this stage, if there was one. */
  readonly lastFailure?: Failure;
  /** In the order of the graph. */
  readonly inputs: readonly Input[];
  /** 0 … 2³²−1, drawn once per run. Marks the data sections of prompts and orders the candidates of `compare`. */
  readonly seed: number;
  /** The answer of this stage that it has to mend. */
  readonly faulty?: FaultyCode;
  /** `balanced` if absent. */
  readonly effort?: Effort;
}

export interface Prompt {
  readonly system: string;
  readonly user: string;
  /** The form of the answer, for servers that can enforce one. `read` accepts other forms too. */
  readonly schema?: AnswerSchema;
}

/** A JSON Schema in the subset that OpenAI's strict mode accepts: every property required, no others allowed. */
export interface AnswerSchema {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/**
 * Runs a program on cases, in the sandbox. Rejects if the sandbox is broken or `signal` aborts. The result is `unsupported` for
 * a language that it does not run.
 */
export type RunCases = (code: Code, cases: readonly TestCase[], signal: AbortSignal) => Promise<CaseRun>;

/** A stage is data and pure functions. A run makes at most one successful model call per stage. */
export interface Stage {
  /** Stored in jobs and records. A renamed stage orphans the runs in flight: add a new name instead. */
  readonly name: string;
  readonly role: Role;
  /** The kind of output that `read` returns. */
  readonly output: Output['kind'];
  /** The file in the log folder: `<role>_<task>_responses.txt`, e.g. `reviewer_polish_responses.txt`. Stages may share a file. */
  readonly log: string;
  /**
   * The name of the output in the response. Defaults to the stage's name if another stage takes the output. Null leaves the
   * output out.
   */
  readonly step?: string | null;
  /** What it means for the run if this stage fails for good. Shown to the caller. */
  readonly consequence: string;
  /** Whether a run has this stage. By default, every run of its route has it. */
  isNeeded?(run: Pick<Run, 'olderCount'>): boolean;
  prompt(context: StageContext): Prompt;
  /** @throws StageError if the answer cannot be used. */
  read(text: string, context: StageContext): Output;
  /** The stage's end without a model call: its output, `skip` if there is nothing to do, undefined to call the model. */
  withoutModel?(context: StageContext): Output | 'skip' | undefined;
  /** Whether the effort saves its model call. By default it does not. */
  isSavedBy?(effort: Effort): boolean;
  /** The work of a stage that calls no model: `prompt` and `read` are not called. */
  work?(context: StageContext, runCases: RunCases, signal: AbortSignal): Promise<Output>;
  /** Why the code that `read` returned is worse than what the stage received. Null if it is not. */
  findRegression?(
    output: Output,
    context: StageContext,
    runCases: RunCases,
    signal: AbortSignal,
  ): Promise<string | null>;
  /** The output of this stage if it fails for good. Null or undefined if it has none. */
  fallbackOutput?(context: StageContext): Output | null;
}

/** The stage whose output replaces the older turns of a conversation. */
export const SUMMARY_STAGE = 'summarize';

export const defineStage = (stage: Stage): Stage => Object.freeze(stage);
