import { buildCode } from '../code/code.ts';
import {
  ABORTED,
  type Failure,
  regression,
  StageError,
  type Usage,
  unparsable,
  WORKER_LOST,
  WORKERS_LOST,
} from '../run/failure.ts';
import {
  type Call,
  cancelStage,
  closeCall,
  failOpenCalls,
  NO_USAGE,
  requeueStage,
  type StageRecord,
} from '../run/record.ts';
import type { FaultyCode, Output, Stage, StageContext } from '../stages/stage.ts';
import { type Acquire, type ModelHealth, type NextCall, nextCall, selectModel } from './model-selection.ts';
import {
  callsBeginUntil,
  checkDeadlineAndBudget,
  DEADLINE_EXHAUSTED,
  modelsFor,
  type RunOptions,
} from './options.ts';
import type { Interruption, ModelResponse, StageRuntime } from './runtime.ts';

/** A stage of a run, and what an attempt at it needs. */
export interface StageRequest {
  readonly run: string;
  readonly stage: Stage;
  readonly context: StageContext;
  readonly previous: StageRecord | undefined;
  readonly modelHealth: ModelHealth;
  /** Permits or refuses the call. Without it every call may begin. */
  readonly acquire?: Acquire;
  readonly options: RunOptions;
  /** US dollars spent by the run so far. Null if unknown. */
  readonly spent: number | null;
  /** Receives the record with the started call, just before the call. A returned promise delays the call. */
  readonly onCall: (record: StageRecord) => void | Promise<void>;
  /** Receives the model's text piece by piece. */
  readonly onText?: (text: string) => void;
}

/**
 * Makes one attempt at a stage: ends it without a model, makes one call, or finds that it is too early for a call. A stage
 * with `work` has one attempt and no calls. The returned record has ended, or is `retrying` with the time of the next attempt.
 *
 * Never rejects because of the call. Resolves at once when `signal` aborts. The signal's `reason` is an `Interruption`; any
 * other reason counts as `run finished`. An answer that has arrived is used, except after `run finished`.
 */
export const attemptStage = (
  request: StageRequest,
  runtime: StageRuntime,
  signal: AbortSignal,
): Promise<StageRecord> =>
  request.stage.work === undefined
    ? attemptCall(request, runtime, signal)
    : attemptWork(request, request.stage.work, runtime, signal);

async function attemptCall(
  stageRequest: StageRequest,
  runtime: StageRuntime,
  signal: AbortSignal,
): Promise<StageRecord> {
  const { stage, context, run, onCall, onText, modelHealth, options, spent } = stageRequest;
  const { now, random, policy } = runtime;
  let record = resume(stageRequest, now());
  const end = (ending: Ending) => endRecord(record, ending, now());
  const fail = (failure: Failure, calls: readonly Call[]) =>
    end({ calls, ...failedEnd(stage, context, failure, record.faulty) });
  const reject = (code: FaultyCode) => {
    const wasMended = record.faulty !== undefined;
    const failure = code.isRegression
      ? regression(code.fault, wasMended || context.effort === 'fast')
      : unparsable(code.fault, wasMended);
    record = { ...record, faulty: code };
    return new StageError(failure);
  };
  const stop = (calls: readonly Call[]) =>
    stopRecord({ ...record, calls }, signal, now(), () => fail(DEADLINE_EXHAUSTED, calls));

  const decided = endWithoutModel(stage, context);
  if (decided !== null) return end(decided);

  if (signal.aborted) return stop(record.calls);
  const exhausted = checkDeadlineAndBudget(options, { now: now(), spent });
  if (exhausted !== null) return fail(exhausted, record.calls);
  const models = modelsFor(options, stage.role, runtime.models);
  const until = callsBeginUntil(options);
  const { startedAt } = record;
  const plan = (calls: readonly Call[], jitter: number, health = modelHealth): NextCall =>
    nextCall({ calls, models, ...health, policy, until, startedAt, now: now(), jitter });
  const retryOrFail = (calls: readonly Call[]): StageRecord => {
    const retry = plan(calls, random());
    if (retry.kind === 'end') return fail(retry.failure, calls);
    return { ...record, status: 'retrying', retryAt: retry.at, calls };
  };
  // Only a retry is spread. `retryAt` includes its jitter: more could delay it further.
  const isDueRetry = record.retryAt !== null && record.retryAt <= now();
  const jitter = isDueRetry ? 0 : random();
  const next = await selectModel(
    (health) => plan(record.calls, jitter, health),
    modelHealth,
    stageRequest.acquire,
    now,
  );
  if (next.kind === 'end') return fail(next.failure, record.calls);
  if (next.at > now()) return { ...record, status: 'retrying', retryAt: next.at };

  const { model } = next;
  const call: Call = { ...NO_USAGE, model, startedAt: now(), durationMs: null, failure: null };
  const others = record.calls;
  const closed = (usage: Usage, failure: Failure | null) => [
    ...others,
    closeCall(call, usage, failure, now()),
  ];
  await onCall({ ...record, status: 'running', retryAt: null, calls: [...others, call] });
  let response: ModelResponse | undefined;
  try {
    const callContext = contextFor(stageRequest, runtime, model, record);
    const prompt = stage.prompt(callContext);
    const request = { run, stage, model, attempt: others.length + 1, prompt, ...(onText && { onText }) };
    response = await runtime.callModel(request, signal);
    if (signal.aborted && discardsAnswer(signal)) return stop(closed(response, null));
    const output = stage.read(response.text, callContext);
    const checks = checkOutput(output, stageRequest, runtime, signal, reject);
    if (checks !== null) await checks;
    return end({ status: 'completed', output, calls: closed(response, null) });
  } catch (error) {
    const isStageError = error instanceof StageError;
    // After an abort, an error of another kind counts as the abort.
    if (signal.aborted && !isStageError) return stop(closed(response ?? NO_USAGE, ABORTED));
    const { failure, usage } = asStageError(error, runtime);
    const calls = closed(usage ?? response ?? NO_USAGE, failure);
    return signal.aborted ? stop(calls) : retryOrFail(calls);
  }
}

/** Makes the one attempt at a stage that calls no model. A failure is final: the run continues without the stage. */
async function attemptWork(
  { stage, context, previous, options }: StageRequest,
  work: NonNullable<Stage['work']>,
  { now, runCases, onFault }: StageRuntime,
  signal: AbortSignal,
): Promise<StageRecord> {
  const record = resume({ stage, previous }, now());
  const end = (ending: Ending) => endRecord(record, ending, now());
  const fail = (failure: Failure) => end(failedEnd(stage, context, failure, undefined));
  const stop = () => stopRecord(record, signal, now(), () => fail(DEADLINE_EXHAUSTED));

  const decided = endWithoutModel(stage, context);
  if (decided !== null) return end(decided);
  if (signal.aborted) return stop();
  if (now() > callsBeginUntil(options)) return fail(DEADLINE_EXHAUSTED);
  try {
    if (runCases === undefined) throw sandboxError('SANDBOX of this worker does not run programs');
    return end({ status: 'completed', output: await work(context, runCases, signal) });
  } catch (error) {
    if (signal.aborted) return stop();
    if (!(error instanceof StageError)) onFault?.(error);
    return fail(error instanceof StageError ? error.failure : sandboxError('the sandbox failed').failure);
  }
}

const sandboxError = (message: string) => new StageError({ intent: 'giveUp', code: 'sandbox', message });

type Ending = Pick<StageRecord, 'status'> & Partial<StageRecord>;

const endRecord = (record: StageRecord, ending: Ending, now: number): StageRecord => ({
  ...record,
  retryAt: null,
  endedAt: now,
  ...ending,
});

/** The record of a stage whose signal was aborted. */
function stopRecord(
  record: StageRecord,
  signal: AbortSignal,
  now: number,
  failAtDeadline: () => StageRecord,
): StageRecord {
  const reason: Interruption = signal.reason;
  if (reason === 'time is up') return failAtDeadline();
  return reason === 'worker closing' ? requeueStage(record, now) : cancelStage(record, now);
}

/**
 * Rejects with the error of `reject` if the output is code that is known not to parse, or worse than what the stage received.
 * Null if there is nothing to check.
 */
function checkOutput(
  output: Output,
  { stage, context }: StageRequest,
  { checkSyntax, runCases }: StageRuntime,
  signal: AbortSignal,
  reject: (code: FaultyCode) => StageError,
): Promise<void> | null {
  if (output.kind !== 'code' || checkSyntax === undefined) return null;
  const { code } = output;
  const { files } = context;
  // Files that the request came with are not the model's to mend.
  const written = code.files.filter(
    ({ name, content }) => !files.some((file) => file.name === name && file.content === content),
  );
  return checkSyntax(files.length === 0 ? code : buildCode(written)).then(async (fault) => {
    if (fault !== null) throw reject({ code, fault });
    if (runCases === undefined || stage.findRegression === undefined) return;
    // Without a working sandbox the code is as good as it would be without verification.
    const worse = await stage.findRegression(output, context, runCases, signal).catch(() => null);
    if (worse !== null) throw reject({ code, fault: worse, isRegression: true });
  });
}

/** The context of a call, with the answer that the stage has to mend, if any. */
function contextFor(
  { context }: StageRequest,
  runtime: StageRuntime,
  model: string,
  { calls, faulty }: StageRecord,
): StageContext {
  const contextTokens = runtime.contextTokens?.(model) ?? null;
  const lastFailure = calls.at(-1)?.failure ?? null;
  return {
    ...context,
    ...(faulty !== undefined && { faulty }),
    ...(contextTokens !== null && { contextTokens }),
    ...(lastFailure !== null && { lastFailure }),
  };
}

const discardsAnswer = ({ reason }: AbortSignal) => reason !== 'worker closing' && reason !== 'time is up';

/** How a stage ends that failed for good. Without a fallback, code that could not be mended is better than none. */
function failedEnd(
  stage: Stage,
  context: StageContext,
  failure: Failure,
  code: FaultyCode | undefined,
): Ending {
  const output = stage.fallbackOutput?.(context) ?? null;
  return output === null && code !== undefined && !code.isRegression && failure.intent !== 'failRun'
    ? { status: 'completed', output: { kind: 'code', code: code.code, fault: code.fault }, failure: null }
    : { status: 'failed', output, failure };
}

/** How a stage ends that needs no model call. Null if it needs one. */
function endWithoutModel(stage: Stage, context: StageContext): Ending | null {
  const decided = stage.withoutModel?.(context);
  if (decided === undefined) return null;
  return decided === 'skip' ? { status: 'skipped' } : { status: 'completed', output: decided };
}

/** The record to continue from. An open call in it belongs to a lost worker. */
function resume({ stage, previous }: Pick<StageRequest, 'stage' | 'previous'>, now: number): StageRecord {
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

/** The record of a stage whose workers were lost too often. The run continues without it. */
export function lostStage(
  request: Pick<StageRequest, 'run' | 'stage' | 'context' | 'previous'>,
  now: number,
): StageRecord {
  const { stage, context } = request;
  const fallback = stage.fallbackOutput?.(context) ?? null;
  const ending = endWithoutModel(stage, context) ?? {
    status: 'failed',
    failure: WORKERS_LOST,
    output: fallback,
  };
  return { ...resume(request, now), retryAt: null, endedAt: now, ...ending };
}

/** Hides the message of an unexpected error from the caller. The error itself goes to `onFault`. */
function asStageError(error: unknown, { onFault }: StageRuntime): StageError {
  if (error instanceof StageError) return error;
  onFault?.(error);
  const message = 'an unexpected error stopped the call';
  return new StageError({ intent: 'retry', code: 'internal', message }, { cause: error });
}
