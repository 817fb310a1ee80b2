export {
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type RunOptions,
  type SubmitOptions,
  type WaitOptions,
} from './client.ts';
export { CodegenError, type Problem } from './error.ts';
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
  type FinishedJob,
  type GenerateResponse,
  isFinished,
  type Job,
  type JobFile,
  type JobStage,
  type ModelCall,
  type Route,
  type Tokens,
  type UnfinishedJob,
} from './job.ts';
export type { JobFilter, JobRequest, Message } from './job-request.ts';
