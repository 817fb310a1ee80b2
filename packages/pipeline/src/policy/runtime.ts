import type { Code } from '../code/code.ts';
import type { Usage } from '../run/failure.ts';
import type { Prompt, Role, RunCases, Stage } from '../stages/stage.ts';
import type { RetryPolicy } from './model-selection.ts';

/** A model call of a stage. */
export interface ModelRequest {
  readonly run: string;
  readonly stage: Stage;
  readonly model: string;
  /** 1 for the stage's first call. */
  readonly attempt: number;
  readonly prompt: Prompt;
  /** Trace context of the run, in the form of the header `traceparent`; null if the run is not traced. */
  readonly traceparent?: string | null;
  /** Receives the model's text piece by piece. */
  readonly onText?: (text: string) => void;
}

export interface ModelResponse extends Usage {
  readonly text: string;
}

/**
 * Calls a model.
 * @throws StageError for every failure. When `signal` aborts it throws at once, with the code `aborted` and the known
 * usage.
 */
export type CallModel = (request: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>;

/** What a stage needs from the process that runs it. */
export interface StageRuntime {
  readonly callModel: CallModel;
  /**
   * Why code does not parse, such as `line 3: unexpected "foo"`. Null if it parses or cannot be judged. Takes some seconds
   * at most and never rejects. Without it no code is checked.
   */
  readonly checkSyntax?: (code: Code) => Promise<string | null>;
  /** Runs programs on test cases. Without it the stages that run programs fail. */
  readonly runCases?: RunCases;
  /**
   * Fetches the reported usage of a call whose usage was estimated. Null if the server does not report it. Takes some
   * seconds at most and never rejects.
   */
  readonly reconcileUsage?: (usage: Usage, signal: AbortSignal) => Promise<Usage | null>;
  /** The main model of a role, then its fallback models in order. */
  models(role: Role): readonly string[];
  /** Size of a model's context in tokens. Null, or without this function, it is unknown. */
  readonly contextTokens?: (model: string) => number | null;
  readonly policy: RetryPolicy;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 … 1. */
  readonly random: () => number;
  /** Receives errors that are not failures of a model call: bugs. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * Why a stage is stopped. It is the `reason` of the stage's abort signal.
 * - `run finished`   the stage becomes `cancelled`
 * - `worker closing` the stage becomes `retrying`, due at once for another worker
 * - `time is up`     the run's deadline is near: the stage becomes `failed` and its fallback output is used
 */
export type Interruption = 'run finished' | 'worker closing' | 'time is up';
