import {
  ABORTED,
  type ModelRequest,
  type ModelResponse,
  NO_USAGE,
  type RetryPolicy,
  StageError,
} from '@codegen/pipeline';
import type { CaseRuntime } from '../runs/executor.ts';
import { defaultReply, ESTIMATED, type Replies, UNPARSABLE } from './replies.ts';

/** A call that the models received. */
export interface ModelCall extends Pick<ModelRequest, 'run' | 'model' | 'attempt' | 'prompt'> {
  readonly stage: string;
  ended: 'answered' | 'failed' | 'aborted' | null;
}

/** What a reply or a cancellation can wait for and change. */
export interface Moments {
  /** Advances the executor's clock. */
  advanceClock(ms: number): void;
  /** Resolves when a model is called for the stage. */
  whenCalled(stage: string): Promise<void>;
  /** Resolves when a call for the stage fails. */
  whenFailed(stage: string): Promise<void>;
}

export interface Models extends CaseRuntime, Moments {
  /** In the order in which they began. */
  readonly calls: readonly ModelCall[];
}

const FAST_RETRIES: RetryPolicy = { tries: 3, baseDelayMs: 1, fallbackAfterMs: 1_000, longestWaitMs: 5_000 };

/**
 * Models in this process that reply as scripted and record their calls. A stage without a script gets `defaultReply`.
 */
export function scriptModels(replies: Replies, policy: Partial<RetryPolicy> = {}): Models {
  const calls: ModelCall[] = [];
  const moments = new Map<string, PromiseWithResolvers<void>>();
  const moment = (name: string) => {
    const known = moments.get(name) ?? Promise.withResolvers<void>();
    moments.set(name, known);
    return known;
  };
  let aheadMs = 0;
  const models: Models = {
    calls,
    now: () => Date.now() + aheadMs,
    advanceClock(ms) {
      aheadMs += ms;
    },
    policy: { ...FAST_RETRIES, ...policy },
    models: (role) => [`${role}-1`, `${role}-2`, `${role}-3`],
    checkSyntax: async ({ text }) => (text.includes(UNPARSABLE) ? `line 1: unexpected ${UNPARSABLE}` : null),
    whenCalled: (stage) => moment(`${stage} called`).promise,
    whenFailed: (stage) => moment(`${stage} failed`).promise,

    async callModel({ run, stage: { name: stage }, model, attempt, prompt }, signal): Promise<ModelResponse> {
      const call: ModelCall = { run, stage, model, attempt, prompt, ended: null };
      calls.push(call);
      moment(`${stage} called`).resolve();
      const script = [replies[stage] ?? defaultReply(stage)].flat();
      const reply = script[Math.min(attempt, script.length) - 1];
      try {
        if (reply === undefined) throw new Error(`the script of ${stage} is empty`);
        const response = await Promise.race([reply(call, models), untilAborted(signal)]);
        call.ended = 'answered';
        return response;
      } catch (error) {
        call.ended = signal.aborted ? 'aborted' : 'failed';
        moment(`${stage} failed`).resolve();
        throw error;
      }
    },
  };
  return models;
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const abort = () => reject(new StageError(ABORTED, { usage: { ...NO_USAGE, ...ESTIMATED } }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
