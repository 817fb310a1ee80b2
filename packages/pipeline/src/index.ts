export { buildCode, type Code, type CodeFile } from './code/code.ts';
export { execute, type SleepUntil } from './execute.ts';
export type { Acquire, Acquisition, ModelHealth } from './policy/admission.ts';
export {
  attemptStage,
  type CallModel,
  lostStage,
  type ModelRequest,
  type ModelResponse,
  type StageRuntime,
} from './policy/attempt.ts';
export {
  ACCOUNT_BREAKER,
  afterCall,
  type Breaker,
  type BreakerPolicy,
  MODEL_BREAKER,
  probe,
  standingOf,
  unprobe,
  type Verdict,
  verdictOnAccount,
  verdictOnModel,
} from './policy/breaker.ts';
export { type Decision, decide, routeAfter } from './policy/decide.ts';
export { type Limit, limits, limitsOn } from './policy/limits.ts';
export { DEFAULT_RETRY, type RetryPolicy } from './policy/model-selection.ts';
export { callsEndAt, modelsFor, NO_OPTIONS, type RunOptions } from './policy/options.ts';
export { bestSoFar, finishEarly, type Provisional } from './policy/provisional.ts';
export { type Conversation, conversationSchema, fromQuery, queryOf } from './run/conversation.ts';
export { type Estimate, estimate, type Range, type Sample, sampleOf } from './run/estimate.ts';
export { costOf, eventOf, type RunEvent } from './run/event.ts';
export { FAILURE_CODES, type Failure, type FailureCode, StageError, type Usage } from './run/failure.ts';
export { ABORTED, type Interruption } from './run/interruption.ts';
export { CALL_OUTCOMES, type CallOutcome, type Receipt, receiptsOf } from './run/receipt.ts';
export { type Call, hasEnded, NO_USAGE, type StageRecord } from './run/record.ts';
export { contextOf, resolveOutput } from './run/resolve.ts';
export { type Response, resultOf } from './run/response.ts';
export { atRest, type Degradation, type Outcome, type Run, type RunStatus, statusOf } from './run/run.ts';
export { graph } from './stages/graph.ts';
export { ROLES, type Role } from './stages/role.ts';
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
} from './stages/stage.ts';
export {
  chain,
  defineGraph,
  type Graph,
  GraphError,
  type Node,
  parallel,
  stagesBelow,
} from './stages/tree.ts';
