export type { Acquire, Acquisition, ModelHealth } from './admission.ts';
export {
  attemptStage,
  type CallModel,
  lostStage,
  type ModelRequest,
  type ModelResponse,
  type StageRuntime,
} from './attempt.ts';
export {
  ACCOUNT_BREAKER,
  afterCall,
  type Breaker,
  type BreakerPolicy,
  breakerState,
  cancelTrial,
  isOnTrial,
  MODEL_BREAKER,
  startTrial,
  type Verdict,
  verdictOnAccount,
  verdictOnModel,
} from './breaker.ts';
export { buildCode, type Code, type CodeFile } from './code.ts';
export { type Conversation, fromQuery, queryOf } from './conversation.ts';
export { type Decision, decide, routeAfter } from './decide.ts';
export { type Estimate, estimate, type Range, type Sample, sampleOf } from './estimate.ts';
export { costOf, eventOf, type RunEvent } from './event.ts';
export { execute, type SleepUntil } from './execute.ts';
export { FAILURE_CODES, type Failure, type FailureCode, StageError, type Usage } from './failure.ts';
export { graph } from './graph.ts';
export { ABORTED, type Interruption } from './interruption.ts';
export { type Limit, limits, limitsOn } from './limit.ts';
export { bestSoFar, finishEarly, type Provisional } from './provisional.ts';
export { type Call, type CallOutcome, hasEnded, NO_USAGE, outcomeOf, type StageRecord } from './record.ts';
export { contextOf, resolveOutput } from './resolve.ts';
export { type Response, resultOf } from './response.ts';
export { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
export { ROLES, type Role } from './role.ts';
export { atRest, type Degradation, type Outcome, type Run, type RunStatus, statusOf } from './run.ts';
export {
  type Input,
  LOG_FILES,
  type LogFile,
  type Output,
  type Prompt,
  type ResolvedOutput,
  ROUTES,
  type Route,
  type Stage,
  type StageContext,
  type Step,
} from './stage.ts';
export { callsEndAt, modelsFor, NO_OPTIONS, type RunOptions } from './terms.ts';
export { chain, defineGraph, type Graph, GraphError, type Node, parallel, stagesBelow } from './tree.ts';
