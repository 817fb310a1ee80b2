import type { CallModel, Conversation, RetryPolicy, Role, Run } from '@codegen/pipeline';
import type { RequestedOptions } from '@codegen/queue';

/** Whatever carries out the runs of the graph: the subject of the suite. */
export interface Executor extends AsyncDisposable {
  /** Resolves with the settled run; an abort of `signal` settles it as cancelled. */
  run(
    conversation: Conversation,
    options?: { signal?: AbortSignal; options?: RequestedOptions },
  ): Promise<Run>;
}

/** What a case gives its executor: scripted models, a policy whose delays cost no time, and a clock. */
export interface CaseRuntime {
  readonly callModel: CallModel;
  models(role: Role): readonly string[];
  readonly policy: RetryPolicy;
  readonly now: () => number;
}

/** Disposing of the executor ends what it holds: no model is asked after that. */
export type StartExecutor = (runtime: CaseRuntime) => Promise<Executor>;
