export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type GenerateOptions,
  type RunOptions,
  type SubmitOptions,
  type Unanswered,
  type WaitOptions,
} from './client.ts';
export { CodegenError, type Problem } from './error.ts';
export type { Estimate, Range, RouteEstimate } from './estimate.ts';
export type {
  JobEvent,
  JobFinished,
  JobRouted,
  Snapshot,
  StageDegraded,
  StageDelta,
  StageEnded,
  StageRetrying,
  StageStarted,
} from './event.ts';
export type { FollowOptions } from './follow.ts';
export {
  type CancelledJob,
  type CompletedJob,
  type FailedJob,
  type Failure,
  type Figures,
  type FinishedJob,
  type GenerateResponse,
  isFinished,
  type Job,
  type JobFile,
  type JobStage,
  type ModelCall,
  type Provisional,
  type Receipt,
  type Role,
  type Route,
  type Tokens,
  type UnfinishedJob,
  type Webhook,
  type WebhookAttempt,
} from './job.ts';
export type { JobFilter, JobRequest, JobTerms, Message } from './job-request.ts';
export type { OnDisconnect } from './on-disconnect.ts';
