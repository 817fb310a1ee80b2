import type { Failure, Usage } from './failure.ts';
import { type Call, type StageRecord, withUsage } from './record.ts';

/**
 * Why a stage is stopped: the `reason` of the signal it was given, which decides what becomes of it.
 * - `run settled` nobody needs it any more: it is `cancelled`
 * - `handed back` another worker is to take it up at once: it is `retrying`
 * - `time is up`  the run's deadline is near: it has `failed`, and its stand-in goes on
 */
export type Interruption = 'run finished' | 'handed back' | 'time is up';

/** What a call failed with that this side broke off. */
export const ABORTED: Failure = {
  intent: 'retry',
  code: 'aborted',
  message: 'the call was aborted before it had an answer',
};

/** A call that is over. Its worker's clock may be ahead of the one that tells the time. */
export const closeCall = (call: Call, usage: Usage, failure: Failure | null, now: number): Call =>
  withUsage({ ...call, durationMs: Math.max(0, now - call.startedAt), failure }, usage);

/**
 * The record of a stage that is stopped because its run needs it no more (`cancelled`) or another worker is to take it
 * up at once (`retrying`). A call that is still open counts as aborted.
 */
export function interruptStage(
  record: StageRecord,
  status: 'cancelled' | 'retrying',
  now: number,
): StageRecord {
  const calls = record.calls.map((call) =>
    call.durationMs === null && call.failure === null ? closeCall(call, call, ABORTED, now) : call,
  );
  const when = status === 'retrying' ? { endedAt: null, retryAt: now } : { endedAt: now, retryAt: null };
  return { ...record, ...when, status, calls };
}
