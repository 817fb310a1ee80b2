import {
  attemptStage,
  type CallModel,
  contextOf,
  type ModelRequest,
  type ModelResponse,
  NO_USAGE,
  type Node,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';
import type { ModelAvailability } from '../models/availability.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { StoredPrompts } from '../runs/stored-prompts.ts';
import type { OpenRun } from '../runs/stored-run.ts';

/** Appends a raw response, or the results of test cases, to the log of its stage. Never rejects. @param ms duration of the call */
export type AppendStageLog = (request: ModelRequest, response: ModelResponse, ms: number) => Promise<void>;

interface Parts {
  readonly store: Pick<RunStore, 'commitStage' | 'appendDelta'>;
  readonly availability: Pick<ModelAvailability, 'forCalls'>;
  readonly runtime: StageRuntime;
  readonly appendStageLog: AppendStageLog;
  /** Null stores no prompts. */
  readonly prompts: Pick<StoredPrompts, 'store'> | null;
}

const NO_PROMPT = { system: '', user: '' };

/** Delta numbers reserved per call; a call of an hour sends 72,000 deltas. */
const DELTAS_PER_CALL = 1_000_000;

/** A request to a model, and its response unless the call failed. */
export interface Exchange {
  readonly request: ModelRequest;
  readonly response: ModelResponse | null;
}

interface StageResult {
  /** To be committed by the caller. */
  readonly record: StageRecord;
  /** End of the model's text that is in no event yet. */
  readonly text: string;
  /** Null without a call. */
  readonly exchange: Exchange | null;
  /** Resolves when the response is logged and the result of the call is recorded for all workers. Never rejects. */
  readonly afterCall: Promise<unknown>;
}

/** Makes one attempt at a stage with at most one model call, whose text is appended to the events as it arrives. */
export type RunStage = (run: OpenRun, node: Node, signal: AbortSignal) => Promise<StageResult>;

export function createStageRunner({
  store,
  availability,
  runtime,
  appendStageLog,
  prompts,
}: Parts): RunStage {
  return async (run, node, signal) => {
    const { id, options, cost: spent } = run;
    const { stage } = node;
    const previous = run.stages[stage.name];
    const callIndex = previous?.calls.length ?? 0;
    let deltaNumber = callIndex * DELTAS_PER_CALL;
    const deltas = createTextBatch((text) => {
      store.appendDelta(id, stage.name, text, deltaNumber++).catch(() => {});
    });
    const available = availability.forCalls(stage.role, run.caller);
    /** Start of the call until its first text arrives, which shows that the account works. */
    let awaitingText: number | null = null;
    const onText = (text: string) => {
      if (awaitingText !== null) available.recordStart(awaitingText).catch(() => {});
      awaitingText = null;
      deltas.add(text);
    };
    const onCall = (record: StageRecord) => {
      awaitingText = record.calls.at(-1)?.startedAt ?? null;
      // Not awaited: Redis executes a connection's commands in order. Not retried: the next record replaces this one.
      store.commitStage(id, record, { isRetried: false }).catch(() => {});
    };
    let logged: Promise<unknown> | undefined;
    let exchange: Exchange | null = null;
    const callAndLog: CallModel = async (request, callSignal) => {
      const startedAt = runtime.now();
      const { traceparent } = run;
      exchange = { request, response: null };
      const response = await runtime.callModel({ ...request, traceparent }, callSignal);
      exchange = { request, response };
      const { model, prompt } = request;
      logged = Promise.all([
        appendStageLog(request, response, runtime.now() - startedAt),
        prompts
          ?.store(id, { stage: stage.name, model, prompt, answer: response.text })
          .catch((error) => runtime.onFault?.(error)),
      ]);
      return response;
    };

    const { modelHealth, acquire } = available;
    const context = contextOf(node, run);
    const stageRequest = {
      run: id,
      stage,
      context,
      previous,
      modelHealth,
      acquire,
      options,
      spent,
      onCall,
      onText,
    };
    const record = await attemptStage(stageRequest, { ...runtime, callModel: callAndLog }, signal);
    if (record.output?.kind === 'verification') {
      const text = JSON.stringify(record.output.verification, null, 2);
      const source = { run: id, stage, model: 'sandbox', attempt: 1, prompt: NO_PROMPT };
      const milliseconds = (record.endedAt ?? runtime.now()) - record.startedAt;
      logged = appendStageLog(source, { ...NO_USAGE, text }, milliseconds);
    }
    const call = record.calls[callIndex];
    const recorded = call && available.recordResult(call).catch((error) => runtime.onFault?.(error));
    return { record, text: deltas.take(), exchange, afterCall: Promise.all([logged, recorded]) };
  };
}

/** Time for which text is collected before it is sent, in ms. */
const BATCH_MS = 50;

/** Collects a model's tokens into deltas, one per `BATCH_MS`. */
function createTextBatch(send: (text: string) => void) {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  /** Removes and returns the text that was not sent. */
  const take = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = text;
    text = '';
    return batch;
  };
  return {
    add(token: string) {
      text += token;
      timer ??= setTimeout(() => send(take()), BATCH_MS);
    },
    take,
  };
}
