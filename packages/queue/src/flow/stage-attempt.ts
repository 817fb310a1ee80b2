import {
  attemptStage,
  type CallModel,
  contextOf,
  type ModelRequest,
  type ModelResponse,
  type Node,
  type StageRecord,
  type StageRuntime,
} from '@codegen/pipeline';
import type { RunStore } from '../jobs/run-store.ts';
import type { OpenRun } from '../jobs/stored-run.ts';
import { batchText } from '../jobs/text-batch.ts';
import type { Gate } from '../models/gate.ts';

/** Appends an answer as it came to the log of its stage, with the milliseconds it took. Never rejects. */
export type AppendStageLog = (question: ModelRequest, answer: ModelResponse, ms: number) => Promise<void>;

interface Parts {
  readonly store: Pick<RunStore, 'commitStage' | 'appendDelta'>;
  readonly gate: Gate;
  readonly runtime: StageRuntime;
  readonly appendStageLog: AppendStageLog;
}

/** Pieces of text that one call can have: far more than a call of an hour has at one each 50 ms. */
const MOST_PIECES = 1_000_000;

/** What an attempt came to, for the caller to commit, and what goes on meanwhile and never rejects. */
interface Attempted {
  readonly record: StageRecord;
  /** The end of the model's text, which is in no event yet. */
  readonly text: string;
  /** The answer is in its stage's log, and what the call says of its model is shared. */
  readonly followUp: Promise<unknown>;
}

/** One attempt at a stage: at most one model call, shown to event subscribers while it runs. */
export type AttemptStage = (run: OpenRun, node: Node, signal: AbortSignal) => Promise<Attempted>;

export function createStageAttempt({ store, gate, runtime, appendStageLog }: Parts): AttemptStage {
  return async (run, node, signal) => {
    const { id, options, cost: spent } = run;
    const { stage } = node;
    const previous = run.stages[stage.name];
    let piece = (previous?.calls.length ?? 0) * MOST_PIECES;
    const deltas = batchText((text) => {
      store.appendDelta(id, stage.name, text, piece++).catch(() => {});
    });
    // Its first text shows that the account is in order, long before the call is over.
    let unanswered: number | null = null;
    const onText = (text: string) => {
      if (unanswered !== null) gate.hear(unanswered).catch(() => {});
      unanswered = null;
      deltas.add(text);
    };
    const onCall = (record: StageRecord) => {
      unanswered = record.calls.at(-1)?.startedAt ?? null;
      // Not awaited: it is sent before the call begins, the connection keeps the order, and the next record replaces it.
      store.commitStage(id, record, { isRetried: false }).catch(() => {});
    };
    let logged: Promise<void> | undefined;
    const callModel: CallModel = async (question, signal) => {
      const askedAt = runtime.now();
      const answer = await runtime.callModel(question, signal);
      logged = appendStageLog(question, answer, runtime.now() - askedAt);
      return answer;
    };

    const attempt = {
      run: id,
      stage,
      context: contextOf(node, run),
      previous,
      modelHealth: gate.modelHealth,
      acquire: gate.acquire,
      options,
      spent,
      onCall,
      onText,
    };
    const record = await attemptStage(attempt, { ...runtime, callModel }, signal);
    const call = record.calls[previous?.calls.length ?? 0];
    const learned = call && gate.learn(call).catch((error) => runtime.onFault?.(error));
    return { record, text: deltas.take(), followUp: Promise.all([logged, learned]) };
  };
}
