export { check, closeChecker, type SourceText, type SyntaxFault } from './check.ts';
export {
  type Case,
  type CaseResult,
  DEFAULT_LIMITS,
  type Execution,
  type Expected,
  type Json,
  type Language,
  type Limits,
  type LoadState,
  type Program,
  type SourceFile,
  type Verdict,
} from './program.ts';
export { assertAvailable, run, SandboxUnavailable, supports } from './run.ts';
