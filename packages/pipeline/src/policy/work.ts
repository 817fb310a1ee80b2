import { StageError } from '../run/failure.ts';
import { cancelStage, requeueStage, type StageRecord } from '../run/record.ts';
import type { Stage, StageContext } from '../stages/stage.ts';
import { callsBeginUntil, DEADLINE_EXHAUSTED, type RunOptions } from './options.ts';
import type { Interruption, StageRuntime } from './runtime.ts';
import { endWithoutModel, failedEnd, resume } from './stage-end.ts';

interface Work {
  readonly stage: Stage;
  readonly work: NonNullable<Stage['work']>;
  readonly context: StageContext;
  readonly previous: StageRecord | undefined;
  readonly options: RunOptions;
}

/** Makes the one attempt at a stage that calls no model. A failure is final: the run continues without the stage. */
export async function runWork(
  { stage, work, context, previous, options }: Work,
  { now, runCases, onFault }: StageRuntime,
  signal: AbortSignal,
): Promise<StageRecord> {
  const record = resume({ stage, previous }, now());
  const end = (ending: Pick<StageRecord, 'status'> & Partial<StageRecord>): StageRecord => ({
    ...record,
    retryAt: null,
    endedAt: now(),
    ...ending,
  });
  const stop = () => {
    const reason: Interruption = signal.reason;
    if (reason === 'time is up') return end(failedEnd(stage, context, DEADLINE_EXHAUSTED, undefined));
    return reason === 'worker closing' ? requeueStage(record, now()) : cancelStage(record, now());
  };

  const decided = endWithoutModel(stage, context);
  if (decided !== null) return end(decided);
  if (signal.aborted) return stop();
  if (now() > callsBeginUntil(options)) return end(failedEnd(stage, context, DEADLINE_EXHAUSTED, undefined));
  try {
    if (runCases === undefined) throw sandboxError('SANDBOX of this worker does not run programs');
    return end({ status: 'completed', output: await work(context, runCases, signal) });
  } catch (error) {
    if (signal.aborted) return stop();
    if (!(error instanceof StageError)) onFault?.(error);
    const { failure } = error instanceof StageError ? error : sandboxError('the sandbox failed');
    return end(failedEnd(stage, context, failure, undefined));
  }
}

const sandboxError = (message: string) => new StageError({ intent: 'giveUp', code: 'sandbox', message });
