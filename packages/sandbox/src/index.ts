export { check, closeChecker, type SourceText, type SyntaxFault } from './check.ts';
export { prepareNative } from './native/available.ts';
export {
  type Case,
  type CaseResult,
  DEFAULT_LIMITS,
  type Execution,
  type Expected,
  fileNameOf,
  type Json,
  LANGUAGES,
  type Language,
  type Limits,
  type LoadState,
  type Program,
  SandboxUnavailable,
  type SourceFile,
  type Verdict,
} from './program.ts';
export { protectMemory } from './protect.ts';
export { assertAvailable, run, supports } from './run.ts';
