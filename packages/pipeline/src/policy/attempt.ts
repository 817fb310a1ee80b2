import { type Failure, StageError, type Usage } from '../run/failure.ts';
import { ABORTED, closeCall, type Interruption, interruptStage } from '../run/interruption.ts';
import { type Call, NO_USAGE, type StageRecord } from '../run/record.ts';
import type { Role } from '../stages/role.ts';
import type { Prompt, Stage, StageContext } from '../stages/stage.ts';
import { type Acquire, type ModelHealth, selectModel } from './admission.ts';
import { type NextCall, nextCall, type RetryPolicy } from './model-selection.ts';
import { callsBeginUntil, modelsFor, OUT_OF_TIME, type RunOptions, refusalOf } from './options.ts';

/** What a model is asked, and for whom. */
export interface ModelRequest {
  readonly run: string;
  readonly stage: Stage;
  readonly model: string;
  /** 1 for the stage's first call. */
  readonly attempt: number;
  readonly prompt: Prompt;
  /** Told of the text as it comes. */
  readonly onText?: (text: string) => void;
}

export interface ModelResponse extends Usage {
  readonly text: string;
}

/**
 * The way to a model. @throws StageError for every failure of the call; when aborted at once, with the code `aborted`
 * and what is known of the call.
 */
export type CallModel = (question: ModelRequest, signal: AbortSignal) => Promise<ModelResponse>;

export interface StageRuntime {
  readonly callModel: CallModel;
  /**
   * What a call cost whose figures are `estimated`, asked of the server afterwards; null if it does not say. Takes
   * some seconds at most and never rejects.
   */
  readonly reconcileUsage?: (usage: Usage, signal: AbortSignal) => Promise<Usage | null>;
  /** The main model of a role and its stand-ins, in order. */
  models(role: Role): readonly string[];
  readonly policy: RetryPolicy;
  readonly now: () => number;
  readonly random: () => number;
  /** Told of errors that are no answer of a model's but a fault of ours. */
  readonly onFault?: (error: unknown) => void;
}

export interface Attempt {
  readonly run: string;
  readonly stage: Stage;
  readonly context: StageContext;
  readonly previous: StageRecord | undefined;
  readonly modelHealth: ModelHealth;
  /** Asked before the call; every call may begin by default. */
  readonly acquire?: Acquire;
  readonly options: RunOptions;
  /** US dollars the run has cost so far; null if nothing is known. */
  readonly spent: number | null;
  /** US dollars this stage's call is expected to cost, if anybody can tell. */
  readonly expected?: number | null;
  /** Told when a call is to begin, with the record as it then is; the call waits for what it returns. */
  readonly onCall: (record: StageRecord) => void | Promise<void>;
  /** Told of a model's text as it comes. */
  readonly onText?: (text: string) => void;
}

/**
 * Takes a stage one step further: settles it without a model, makes one call, or finds that it is too early for one.
 * The record that comes back has ended or is `retrying` with the time of its next step.
 *
 * Resolves whatever becomes of the call, and at once if `signal` aborts: its `reason` is an `Interruption` (any other
 * counts as `run settled`). An answer that is there by then is used all the same, unless nobody needs it.
 */
export async function attemptStage(
  attempt: Attempt,
  runtime: StageRuntime,
  signal: AbortSignal,
): Promise<StageRecord> {
  const { stage, context, run, onCall, onText, modelHealth, options, spent, expected = null } = attempt;
  const { now, random, policy } = runtime;
  const record = resume(attempt, now());
  const end = (ending: Pick<StageRecord, 'status'> & Partial<StageRecord>): StageRecord => ({
    ...record,
    retryAt: null,
    endedAt: now(),
    ...ending,
  });
  const giveUp = (failure: Failure, calls: readonly Call[]) =>
    end({ status: 'failed', calls, failure, output: stage.fallbackOutput?.(context) ?? null });
  const stop = (calls: readonly Call[]) => {
    const why: Interruption = signal.reason;
    if (why === 'time is up') return giveUp(OUT_OF_TIME, calls);
    return interruptStage({ ...record, calls }, why === 'handed back' ? 'retrying' : 'cancelled', now());
  };

  const decided = stage.decide?.(context);
  if (decided === 'skip') return end({ status: 'skipped' });
  if (decided !== undefined) return end({ status: 'completed', output: decided });

  if (signal.aborted) return stop(record.calls);
  const refusal = refusalOf(options, { now: now(), spent, expected });
  if (refusal !== null) return giveUp(refusal, record.calls);
  const models = modelsFor(options, stage.role, runtime.models);
  const until = callsBeginUntil(options);
  const { startedAt } = record;
  const plan = (calls: readonly Call[], spread: number, known = modelHealth): NextCall =>
    nextCall({ calls, models, ...known, policy, until, startedAt, now: now(), random: spread });
  // The spread of a retry was drawn when it was put off: drawn again now, it could be put off once more.
  const awaited = record.retryAt !== null && record.retryAt <= now();
  const spread = awaited ? 0 : random();
  const next = await selectModel(
    (known) => plan(record.calls, spread, known),
    modelHealth,
    attempt.acquire,
    now,
  );
  if (next.kind === 'end') return giveUp(next.failure, record.calls);
  if (next.at > now()) return { ...record, status: 'retrying', retryAt: next.at };

  const { model } = next;
  const call: Call = { ...NO_USAGE, model, startedAt: now(), durationMs: null, failure: null };
  const others = record.calls;
  const closed = (usage: Usage, failure: Failure | null) => [
    ...others,
    closeCall(call, usage, failure, now()),
  ];
  await onCall({ ...record, status: 'running', retryAt: null, calls: [...others, call] });
  let answer: ModelResponse | undefined;
  try {
    const prompt = stage.prompt(context);
    const question = { run, stage, model, attempt: others.length + 1, prompt, ...(onText && { onText }) };
    answer = await runtime.callModel(question, signal);
    if (signal.aborted && isUnwanted(signal)) return stop(closed(answer, null));
    const output = stage.read(answer.text, context);
    return end({ status: 'completed', output, calls: closed(answer, null) });
  } catch (error) {
    const known = error instanceof StageError;
    // An abort that does not say so is one all the same.
    if (signal.aborted && !known) return stop(closed(answer ?? NO_USAGE, ABORTED));
    if (!known) runtime.onFault?.(error);
    const { failure, usage } = asStageError(error);
    const calls = closed(usage ?? answer ?? NO_USAGE, failure);
    if (signal.aborted) return stop(calls);
    const after = plan(calls, random());
    if (after.kind === 'end') return giveUp(after.failure, calls);
    return { ...record, status: 'retrying', retryAt: after.at, calls };
  }
}

const isUnwanted = ({ reason }: AbortSignal) => reason !== 'handed back' && reason !== 'time is up';

/** The record of a stage whose worker is gone for good, so that the run can go on without it. */
export function lostStage(
  attempt: Pick<Attempt, 'run' | 'stage' | 'context' | 'previous'>,
  now: number,
): StageRecord {
  const { stage, context } = attempt;
  const ended = { ...resume(attempt, now), retryAt: null, endedAt: now };
  const decided = stage.decide?.(context);
  if (decided === 'skip') return { ...ended, status: 'skipped' };
  if (decided !== undefined) return { ...ended, status: 'completed', output: decided };
  return { ...ended, status: 'failed', failure: LOST, output: stage.fallbackOutput?.(context) ?? null };
}

const LOST: Failure = {
  intent: 'retry',
  code: 'worker-lost',
  message: 'the worker that held this stage stopped before it had an answer',
};

function resume({ stage, previous }: Pick<Attempt, 'stage' | 'previous'>, now: number): StageRecord {
  if (previous === undefined) {
    const fresh = {
      status: 'running',
      endedAt: null,
      retryAt: null,
      calls: [],
      output: null,
      failure: null,
    } as const;
    return { stage: stage.name, startedAt: now, ...fresh };
  }
  const calls = previous.calls.map((call) =>
    call.durationMs === null && call.failure === null ? { ...call, failure: LOST } : call,
  );
  return { ...previous, calls };
}

/** An error that is no answer of a model's is a fault of ours; its words are for the log, not for the person who asked. */
function asStageError(error: unknown): StageError {
  if (error instanceof StageError) return error;
  const message = 'an unexpected error stopped the call';
  return new StageError({ intent: 'retry', code: 'internal', message }, { cause: error });
}
