import type {
  CallModel,
  Conversation,
  RetryPolicy,
  Role,
  Run,
  RunCases,
  SourceFile,
  StageRuntime,
} from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';

/** Executes runs of the graph. The conformance suite tests it. */
export interface Executor extends AsyncDisposable {
  /** Resolves with the finished run. An abort of `signal` cancels it. */
  run(
    conversation: Conversation,
    options?: { signal?: AbortSignal; options?: RequestedOptions; files?: readonly SourceFile[] },
  ): Promise<Run>;
  /** Starts a run that continues a finished one and resolves with it, finished. */
  followUp(run: Run, conversation: Conversation): Promise<Run>;
  /** Starts a run again from a stage and resolves with the finished second run. */
  rerun(run: Run, from: string): Promise<Run>;
}

/** The runtime of a case: scripted models, a retry policy with short delays, and a clock. */
export interface CaseRuntime {
  readonly callModel: CallModel;
  models(role: Role): readonly string[];
  readonly policy: RetryPolicy;
  readonly now: () => number;
  readonly runCases?: RunCases;
  readonly checkSyntax: NonNullable<StageRuntime['checkSyntax']>;
}

/** Starts an executor. After its disposal no model is called. */
export type StartExecutor = (runtime: CaseRuntime) => Promise<Executor>;
