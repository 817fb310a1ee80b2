export { buildCode, type Code, type CodeFile } from './code/code.ts';
export { diffOfResult, type FileDiff } from './code/diff.ts';
export { extractCode } from './code/extract.ts';
export { isFileName, safeFileName } from './code/file-name.ts';
export { IGNORED_REASONS, type IgnoredBlock } from './code/ignored.ts';

export { languageOfFile } from './code/language.ts';
export { defaultName, type SourceFile, sourceFilesOf } from './code/source-file.ts';
export { execute, type SleepUntil } from './execute.ts';
export {
  chain,
  defineGraph,
  type Graph,
  GraphError,
  inputsOf,
  type Node,
  parallel,
  stagesBelow,
} from './graph/define-graph.ts';
export { graph, LOG_FILES, STEPS, verifiedGraph } from './graph/graph.ts';
export { attemptStage, lostStage } from './policy/attempt.ts';
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
  type Verdicts,
  verdictsOf,
} from './policy/breaker.ts';
export { type Decision, decide, routeAfter } from './policy/decide.ts';
export { type Limit, limits, limitsOn } from './policy/limits.ts';
export {
  type Acquire,
  type Acquisition,
  causeOf,
  DEFAULT_RETRY,
  type ModelHealth,
  type RetryPolicy,
  type Unavailability,
  type Unavailable,
} from './policy/model-selection.ts';
export { callsEndAt, modelsFor, NO_OPTIONS, type RunOptions } from './policy/options.ts';
export { bestSoFar, finishEarly, type Provisional } from './policy/provisional.ts';
export { reusableRecords } from './policy/rerun.ts';
export type {
  CallModel,
  Interruption,
  ModelRequest,
  ModelResponse,
  StageRuntime,
} from './policy/runtime.ts';
export { type Estimate, estimate, type Range, type Sample, sampleOf } from './run/estimate.ts';
export {
  ABORTED,
  FAILURE_CODES,
  type Failure,
  type FailureCode,
  StageError,
  type Usage,
} from './run/failure.ts';
export {
  type Call,
  type CallOutcome,
  costOf,
  eventOf,
  hasEnded,
  lossesOf,
  NO_USAGE,
  outcomeOf,
  type RunEvent,
  type StageRecord,
} from './run/record.ts';
export {
  type Conversation,
  cancelOpenStages,
  contextOf,
  type Degradation,
  fromQuery,
  inputNames,
  type Outcome,
  queryOf,
  type Response,
  type Run,
  type RunStatus,
  resolveOutput,
  resultOf,
  sourceOf,
  statusOf,
} from './run/run.ts';
export { countOlder, DEFAULT_CONTEXT_TOKENS } from './run/summary.ts';
export {
  type CaseResult,
  type CaseRun,
  describeCase,
  type Json,
  type TestCase,
  type Verification,
  type Version,
} from './run/verification.ts';
export {
  type AnswerSchema,
  CLASSIFIED_ROUTES,
  EFFORTS,
  type Effort,
  type Input,
  type Output,
  type Prompt,
  type ResolvedOutput,
  ROLES,
  ROUTES,
  type Role,
  type Route,
  type RunCases,
  type Stage,
  type StageContext,
  SUMMARY_STAGE,
} from './stages/stage.ts';
export { type Beginning, codeAfter, continueRun, withoutCode } from './thread/continuation.ts';
export { takeFiles } from './thread/message-files.ts';
