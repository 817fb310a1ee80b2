import type { Problem } from './error.ts';

export type Route = 'simple' | 'ambiguous' | 'complex';

export type Role = 'classifier' | 'interpreter' | 'generator' | 'instructTuned' | 'reviewer';

/** What became of a request: code with the steps that led to it, or a question back. */
export type GenerateResponse =
  | {
      readonly code: string;
      /** By name; a step that was lost is an empty string. */
      readonly steps: Readonly<Record<string, string>>;
      readonly feedback?: never;
    }
  | { readonly code: string; readonly feedback: string; readonly ambiguous: true; readonly steps?: never };

/** Null where nothing is known, which is not the same as nothing. */
export interface Tokens {
  readonly prompt: number | null;
  readonly completion: number | null;
  readonly reasoning: number | null;
  readonly cached: number | null;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** One call of a model. Here and below: times are ISO 8601, durations milliseconds, costs US dollars. */
export interface ModelCall {
  readonly model: string;
  readonly servedModel: string | null;
  /** Who ran the model, where the server is a broker and says so. */
  readonly provider: string | null;
  readonly generationId: string | null;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  readonly tokens: Tokens;
  readonly cost: number | null;
  /** Whose tokens and cost are: the model server's own, or reckoned from the text; null if nothing is known. */
  readonly figures: Figures;
  readonly failure: Failure | null;
}

export type Figures = 'reported' | 'estimated' | null;

/** One line of a job's bill. */
export interface Receipt {
  readonly stage: string;
  /** As it was asked for; null if none was asked. */
  readonly model: string | null;
  readonly servedModel: string | null;
  readonly provider: string | null;
  readonly generationId: string | null;
  /**
   * `not abortable`: the connection was closed, but the provider goes on and bills the whole answer; `never started`: the
   * stage was planned, and no model was asked.
   */
  readonly outcome: 'finished' | 'failed' | 'aborted' | 'not abortable' | 'never started';
  readonly tokens: Tokens;
  readonly cost: number | null;
  readonly figures: Figures;
}

export interface JobStage {
  readonly name: string;
  readonly role: string | null;
  readonly status: 'waiting' | 'running' | 'retrying' | 'completed' | 'skipped' | 'failed' | 'cancelled';
  /** As it was asked for; null if no model was asked. */
  readonly model: string | null;
  readonly servedModel: string | null;
  readonly attempts: number;
  readonly tokens: Tokens;
  readonly cost: number | null;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
  readonly failure: Failure | null;
  readonly calls: readonly ModelCall[];
}

/** The best code of a job that still runs: usable, but not its result. */
export interface Provisional {
  readonly step: string;
  readonly stage: string;
  readonly code: string;
  readonly language: string | null;
  /** The stages still to come. */
  readonly remaining: readonly string[];
}

interface AnyJob {
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly query: string;
  /** Null if none was asked for. */
  readonly webhook: Webhook | null;
  readonly route: Route | null;
  /** The answers are canned: no model was asked. */
  readonly simulated: boolean;
  readonly createdAt: string;
  /** When it is to end at the latest; null without a limit, as below. */
  readonly deadlineAt: string | null;
  readonly maxCostUsd: number | null;
  /** The models it was given, by role; the service's own for the others. */
  readonly models: Readonly<Partial<Record<Role, readonly string[]>>>;
  readonly tokens: Tokens;
  readonly cost: number | null;
  readonly stages: readonly JobStage[];
  /** What went wrong without stopping the job. */
  readonly degraded: readonly (Failed & { readonly consequence: string })[];
  readonly language: string | null;
  readonly files: readonly JobFile[];
}

/** Where the end of a job is told, and how that went. */
export interface Webhook {
  readonly url: string;
  /** `waiting` for the end of the job, `pending` while it is being told. */
  readonly status: 'waiting' | 'pending' | 'delivered' | 'failed';
  /** The last ones, the oldest first. */
  readonly attempts: readonly WebhookAttempt[];
  readonly nextAttemptAt: string | null;
}

export interface WebhookAttempt {
  readonly at: string | null;
  /** Of the receiver's answer; null if there was none, and then `error` says why. */
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

interface Failed {
  readonly stage: string;
  readonly code: string;
  readonly why: string;
}

export interface JobFile {
  readonly name: string | null;
  readonly language: string | null;
  readonly content: string;
}

export interface UnfinishedJob extends AnyJob {
  readonly status: 'queued' | 'running';
  readonly finishedAt: null;
  readonly expiresAt: null;
  readonly durationMs: null;
  readonly receipts: null;
  /** Null as long as there is no usable code. */
  readonly provisional: Provisional | null;
  readonly result: null;
  readonly problem: null;
}

interface Ended extends AnyJob {
  readonly finishedAt: string;
  /** From then on it cannot be read any more. */
  readonly expiresAt: string;
  readonly durationMs: number;
  /**
   * One per model call, then one per stage that never made one. Of aborted calls the figures may change for some seconds: then
   * the model server's own come in.
   */
  readonly receipts: readonly Receipt[];
  readonly provisional: null;
}

export interface CompletedJob extends Ended {
  readonly status: 'completed';
  readonly result: GenerateResponse;
  readonly problem: null;
}

export interface FailedJob extends Ended {
  readonly status: 'failed';
  readonly result: null;
  readonly problem: Problem;
}

export interface CancelledJob extends Ended {
  readonly status: 'cancelled';
  readonly result: null;
  readonly problem: null;
}

export type FinishedJob = CompletedJob | FailedJob | CancelledJob;

/** A job as it stands; see `GET /jobs/:id`. A newer service may tell more. */
export type Job = UnfinishedJob | FinishedJob;

export const isFinished = (job: Job): job is FinishedJob =>
  job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';
