import type { RunCases } from '@codegen/pipeline';

/**
 * Runs equal programs on equal cases once. For simulated models, who write few different programs. The times of an evaluation
 * then mean nothing.
 */
export function rememberRuns(runCases: RunCases): RunCases {
  const known = new Map<string, ReturnType<RunCases>>();
  return (code, cases, signal) => {
    const id = JSON.stringify([code.files, cases]);
    const result = known.get(id) ?? runCases(code, cases, signal);
    known.set(id, result);
    return result;
  };
}
