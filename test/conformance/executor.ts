import type { Ask, Conversation, RetryPolicy, Role, Run } from '@codegen/pipeline';
import type { TermsAsked } from '@codegen/queue';

/** Whatever carries out the runs of the graph: the subject of the suite. */
export interface Executor extends AsyncDisposable {
  /** Resolves with the settled run; an abort of `signal` settles it as cancelled. */
  run(conversation: Conversation, options?: { signal?: AbortSignal; terms?: TermsAsked }): Promise<Run>;
}

/** What a case gives its executor: scripted models, a policy whose delays cost no time, and a clock. */
export interface CaseEmployer {
  readonly ask: Ask;
  models(role: Role): readonly string[];
  readonly policy: RetryPolicy;
  readonly now: () => number;
}

/** Disposing of the executor ends what it holds: no model is asked after that. */
export type StartExecutor = (employer: CaseEmployer) => Promise<Executor>;
