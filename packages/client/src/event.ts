import type { FinishedJob, Job, Route } from './job.ts';

/** What every event has. */
interface Told {
  /** The job's own sequence, without holes: to go on after an event, give its number as `after`. */
  readonly sequence: number;
  /** US dollars; null if nothing is known. */
  readonly costSoFar: number | null;
}

interface OfStage extends Told {
  readonly stage: string;
}

export interface StageStarted extends OfStage {
  readonly type: 'stage.started';
  readonly role: string;
  readonly model: string;
  /** 1 for the first call; a further one begins the stage's text anew. */
  readonly attempt: number;
}

/** A piece of what the model is saying. */
export interface StageDelta extends OfStage {
  readonly type: 'stage.delta';
  readonly text: string;
}

export interface StageRetrying extends OfStage {
  readonly type: 'stage.retrying';
  readonly code: string;
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly retryAt: number;
}

interface StageEnd extends OfStage {
  /** Null if no model served. */
  readonly servedModel: string | null;
  readonly attempts: number;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cost: number | null;
  readonly durationMs: number;
}

export interface StageEnded extends StageEnd {
  readonly type: 'stage.completed' | 'stage.skipped' | 'stage.cancelled';
}

/** The stage failed for good; the job goes on without it. */
export interface StageDegraded extends StageEnd {
  readonly type: 'stage.degraded';
  readonly code: string;
  readonly why: string;
  readonly consequence: string;
}

export interface JobRouted extends Told {
  readonly type: 'job.routed';
  readonly route: Route;
}

export interface JobFinished extends Told {
  readonly type: 'job.finished';
  readonly status: FinishedJob['status'];
  readonly job: FinishedJob;
}

/**
 * The job as it stands, in place of events that are not kept any more. What the next events tell may be in it already.
 */
export interface Snapshot extends Told {
  readonly type: 'snapshot';
  readonly job: Job;
}

/** What happens to a job. A newer service may tell events of other types: let a `switch` pass over them. */
export type JobEvent =
  | StageStarted
  | StageDelta
  | StageRetrying
  | StageEnded
  | StageDegraded
  | JobRouted
  | JobFinished
  | Snapshot;
