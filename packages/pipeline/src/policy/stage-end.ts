import { type Failure, WORKER_LOST } from '../run/failure.ts';
import { failOpenCalls, type StageRecord } from '../run/record.ts';
import type { FaultyCode, Stage, StageContext } from '../stages/stage.ts';

/** How a stage ends that failed for good. Without a fallback, code that could not be mended is better than none. */
export function failedEnd(
  stage: Stage,
  context: StageContext,
  failure: Failure,
  code: FaultyCode | undefined,
): Pick<StageRecord, 'status' | 'output' | 'failure'> {
  const output = stage.fallbackOutput?.(context) ?? null;
  return output === null && code !== undefined && !code.isRegression && failure.intent !== 'failRun'
    ? { status: 'completed', output: { kind: 'code', code: code.code, fault: code.fault }, failure: null }
    : { status: 'failed', output, failure };
}

/** How a stage ends that needs no model call. Null if it needs one. */
export function endWithoutModel(
  stage: Stage,
  context: StageContext,
): (Pick<StageRecord, 'status'> & Partial<Pick<StageRecord, 'output' | 'failure'>>) | null {
  const decided = stage.withoutModel?.(context);
  if (decided === undefined) return null;
  return decided === 'skip' ? { status: 'skipped' } : { status: 'completed', output: decided };
}

/** The record to continue from. An open call in it belongs to a lost worker. */
export function resume(
  { stage, previous }: { readonly stage: Stage; readonly previous: StageRecord | undefined },
  now: number,
): StageRecord {
  if (previous !== undefined) return { ...previous, calls: failOpenCalls(previous.calls, WORKER_LOST) };
  return {
    stage: stage.name,
    status: 'running',
    startedAt: now,
    endedAt: null,
    retryAt: null,
    calls: [],
    output: null,
    failure: null,
  };
}
